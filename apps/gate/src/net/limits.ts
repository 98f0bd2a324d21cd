/** Limits of the gate's network edge (invariant 12): every wait, buffer and count towards workstations and upstreams, with its reason. */
const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

export const NET_LIMITS = {
  /** Linux keeps 108 bytes for a unix socket's path, the last of them NUL. */
  socketPathBytesMax: 107,
  /** Package managers open tens of connections; what is more is a flood, and it must not eat the gate's file descriptors. */
  workstationConnectionsMax: 512,
  /** Requests of one workstation that are being answered at the same time. */
  workstationRequestsMax: 512,
  /** apt pipelines ten requests; what is more on one connection is a flood. */
  pipelinedRequestsMax: 64,
  /** All header lines of one request from a workstation. */
  requestHeaderBytesMax: 32 * KIB,
  /** A client that has begun a request must end its headers in this time. The body has no limit in time: a held request lasts. */
  requestHeadersMsMax: 30 * SECOND_MS,
  /** An idle connection from a workstation is kept this long. */
  keepAliveMs: 75 * SECOND_MS,
  /** A refused request's body is read and dropped up to this size, so that its client gets to read the answer. */
  refusedBodyBytesMax: 64 * MIB,
  /** From the answer to CONNECT until the TLS handshake inside the tunnel is done. */
  tlsHandshakeMsMax: 20 * SECOND_MS,
  /** Leaf certificates that are kept per workstation. */
  leafCertificatesMax: 256,
  /** After a leaf was made, the next one of the workstation waits this many times as long as the making took: a third of one core at most. */
  leafPauseFactor: 2,
  /** How long a leaf is valid; it is made anew when less than a quarter is left. */
  leafCertificateDays: 30,
  /** How long a workstation's CA is valid. */
  authorityDays: 1825,
  /** Name lookups at once: they share the process's small thread pool with file access. */
  lookupsAtOnceMax: 2,
  /** A name that the resolver has not answered by then does not resolve. */
  lookupMsMax: 10 * SECOND_MS,
  /** Addresses of one name that are tried, one after the other. */
  addressesTriedMax: 4,
  /** To connect to one address. */
  connectMsMax: 8 * SECOND_MS,
  /** Connections to one upstream host for one workstation. */
  upstreamConnectionsMax: 64,
  /** All header lines of an upstream's answer. */
  upstreamHeaderBytesMax: 64 * KIB,
  /** Until an upstream has sent the headers of its answer to a read. */
  readHeadersMsMax: 60 * SECOND_MS,
  /** Silence in the middle of an answer to a read. */
  readIdleMsMax: 60 * SECOND_MS,
  /** Until a model API has begun to answer: an answer that is not streamed takes as long as the model thinks. */
  modelHeadersMsMax: 12 * MINUTE_MS,
  /** Silence in the middle of a model's stream (they send pings). */
  modelIdleMsMax: 6 * MINUTE_MS,
} as const;
export type NetLimits = { readonly [Name in keyof typeof NET_LIMITS]: number };
