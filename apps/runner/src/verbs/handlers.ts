/** Which handler carries out which verb. */
import type { VERBS } from "@nightgate/shared/verbs/verbs";
import type { Answered, Handlers, VerbCaller, VerbHandler } from "./caller.ts";
import { chainHandlers } from "./chain-handlers.ts";
import { holdHandlers } from "./hold-handlers.ts";
import { humanHandlers } from "./human-handlers.ts";
import { jobHandlers } from "./job-handlers.ts";
import { lockHandlers } from "./lock-handlers.ts";
import { memoryHandlers } from "./memory-handlers.ts";
import { peerHandlers } from "./peer-handlers.ts";
import { scheduleHandlers } from "./schedule-handlers.ts";
import { selfHandlers } from "./self-handlers.ts";

const HANDLERS: Handlers<typeof VERBS> = {
  ...selfHandlers,
  ...jobHandlers,
  ...scheduleHandlers,
  ...humanHandlers,
  ...peerHandlers,
  ...memoryHandlers,
  ...chainHandlers,
  ...lockHandlers,
  ...holdHandlers,
};

/** The handler of a verb. It is called with arguments that the verb's own schema has read. */
export function handlerOf(name: string): VerbHandler<Record<string, unknown>, Record<string, unknown>> {
  const handler = (HANDLERS as Readonly<Record<string, unknown>>)[name];
  return handler as (
    tx: Parameters<VerbHandler<unknown, unknown>>[0],
    caller: VerbCaller,
    args: Record<string, unknown>,
    now: Date,
  ) => Promise<Answered<Record<string, unknown>>>;
}
