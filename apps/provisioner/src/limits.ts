/** Every limit of the provisioner, with its unit in its name and why it has that value (invariant 12). */
const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

export const LIMITS = {
  /** dockerd answers in 1 to 2 s; a slow disk may need longer. */
  engineReadyMs: 60_000,
  /** How long workstations may take to stop before they are killed, so that Ctrl-C stays short. */
  engineContainerStopSeconds: 5,
  /** How long dockerd may take to end before it is killed. */
  engineStopMs: 15_000,
  /** The engine's own log is started anew at the next start when it is above this. */
  engineLogBytesMax: 20 * MiB,
  /** A base image that cannot be pulled within this is made with mmdebstrap. Most of it is waiting for an answer. */
  basePullMs: 30_000,
  /** A registry that does not answer its first request within this is taken as out of reach. */
  registryAnswerMs: 3_000,
  /** One step of the image build (packages, tools) that takes longer than this has hung. */
  imageStepMs: 600_000,
  /** A failed image build is tried again after this: registries come back. */
  imageRetryMs: 60_000,
  /** That the image is still there is looked at this often. */
  imageCheckMs: 30_000,
  /** So many images of one layer are kept, newest first: installations of other versions may share the engine. */
  imagesKept: 3,
  /** The build's progress is written to the database at most this often. */
  progressWriteMs: 300,
  /** How much of a failed command's output is kept to tell why it failed. */
  commandOutputBytesMax: 16_384,
  /** How long the provisioner waits for the gate and the runner to offer a workstation's sockets before it says so and tries again. */
  socketWaitMs: 30_000,
  /** Both offer it within some 20 ms of the wish; a person waits for what is added here. */
  socketPollMs: 25,
  /** How long a workstation may take to stop on request: agents get a chance to write what they have. */
  workstationStopSeconds: 10,
  /** Seen states are compared with wanted ones at least this often, even if no announcement arrives. */
  sweepMs: 3_000,
  /** A workstation that died is started again after this, doubled each time, up to the maximum; after a quiet run it starts anew. */
  restartBackoffMs: 1_000,
  restartBackoffMaxMs: 60_000,
  restartQuietMs: 60_000,
  /** One call to the engine. Pulls and builds are not counted here. */
  engineCallMs: 60_000,
  /** What a workstation may ask for. Outside of these the wanted state is refused. */
  cpusMin: 0.1,
  cpusMax: 64,
  memoryBytesMin: 256 * MiB,
  memoryBytesMax: 256 * GiB,
  pidsMin: 64,
  pidsMax: 32_768,
  /** Shared memory: browsers and Postgres inside a workstation need more than Docker's 64 MiB. */
  shmBytes: 512 * MiB,
  /** Open files of one process inside. Within a user namespace a limit can only be lowered, and some hosts give no more than 20,000. */
  openFilesMax: 16_384,
  /** A workstation's own console log; agents' events are kept elsewhere. */
  consoleLogBytes: "5m",
  consoleLogFiles: "2",
} as const;
