/** Who is on the other end of a workstation's socket, and who answers what comes in on it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** Derived from the listening socket, never from a message (invariant 1). `run` is agentd's word, a hint. */
export interface WorkstationCaller {
  organization: string;
  workstation: string;
  workstationName: string;
  run: string | null;
}

export type PathHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: WorkstationCaller,
) => Promise<void>;

/** Answers a request that names a host outside. `target` is where it wants to go, already checked for its form. */
export type ForwardHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: WorkstationCaller,
  target: { host: string; port: number; path: string },
) => Promise<void>;

export type ConnectHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  caller: WorkstationCaller,
) => Promise<void>;

export interface WorkstationHandlers {
  /** /nightgate/... */
  nightgate: PathHandler;
  /** /git/<resource>/... */
  git: PathHandler;
  /** /model/<resource>/... */
  model: PathHandler;
  /** Absolute-form requests (http://host/path), as a proxy is asked for plain HTTP. */
  forward: ForwardHandler;
  /** CONNECT host:port. */
  connect: ConnectHandler;
}
