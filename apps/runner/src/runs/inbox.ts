/** Carries out what web asks. A message that cannot be carried out gets its reason written on it, and changes nothing. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import type { Clock } from "@nightgate/shared/clock";
import { type JobsInboxMessage, jobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import { answerQuestion } from "../store/human-messages.ts";
import type { InboxMessage, InboxStore } from "../store/inbox-store.ts";
import { setNight } from "../store/night-store.ts";
import { isRefusedByDatabase } from "../store/refused-by-database.ts";
import type { VerbDesk } from "../verbs/verb-desk.ts";
import type { Interrupt } from "./interrupt.ts";
import { createJob, promptJob, retryJob, wishCancel } from "./requests.ts";
import { createSchedule, deleteSchedule, fireNow, pauseSchedule } from "./schedules.ts";

export interface InboxOptions {
  store: InboxStore;
  look(organization: string, run: string): Promise<void>;
  interrupt: Interrupt;
  verbs: Pick<VerbDesk, "begin">;
  clock: Clock;
  log: Logger;
}

export interface Inbox {
  /** Handles everything that waits for this organization, in order. */
  empty(organization: string): Promise<void>;
}

const REFUSED = "It names something that is taken already, or says something that cannot be kept. Ask anew.";

/** Makes the worker. Call `empty` from one place at a time per organization. */
export function createInbox(options: InboxOptions): Inbox {
  const { store, log } = options;
  return {
    empty: async (organization) => {
      for (;;) {
        const messages = await store.open(organization, LIMITS.inboxBatch);
        if (messages.length === 0) return;
        for (const message of messages) {
          const why = await handle(options, organization, message);
          if (why === null) continue;
          log.info({ id: String(message.id), why }, "A message was not carried out.");
          await store.fail(organization, message.id, why);
        }
      }
    },
  };
}

/** Answers why not, or null when it is done. */
async function handle(
  options: InboxOptions,
  organization: string,
  { id, body }: InboxMessage,
): Promise<string | null> {
  const parsed = jobsInboxMessage.safeParse(body);
  if (!parsed.success)
    return `The message is not valid: ${parsed.error.issues.map(({ path, message }) => `${path.join(".") || "message"}: ${message}`).join("; ")}`.slice(
      0,
      1000,
    );
  try {
    // Before the message is marked; its id makes saying it again harmless.
    if (parsed.data.kind === "run.interrupt")
      await options.interrupt(organization, { id: String(id), run: parsed.data.run });
    let touched: string | null = null;
    const message = parsed.data;
    if (message.kind === "verb.call") await beginVerb(options, organization, message);
    await options.store.handle(organization, id, async (tx) => {
      touched = await carryOut(tx, organization, message, new Date(options.clock.now()));
    });
    if (touched !== null) void options.look(organization, touched);
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    // One that can never be carried out must not stand in front of all the others of its organization (invariant 12).
    if (isRefusedByDatabase(error)) return REFUSED;
    throw error;
  }
}

/** Answers the run that has news, if one has. */
async function carryOut(
  tx: JobsTransaction,
  organization: string,
  message: JobsInboxMessage,
  now: Date,
): Promise<string | null> {
  switch (message.kind) {
    case "job.create":
      return await createJob(tx, organization, message);
    case "job.prompt":
      return await promptJob(tx, organization, message);
    case "job.retry":
      return await retryJob(tx, organization, message);
    case "run.cancel":
      return await wishCancel(tx, message.run);
    case "run.interrupt":
      return message.run;
    case "verb.call":
      return null;
    case "schedule.create":
      await createSchedule(tx, organization, message, now);
      return null;
    case "schedule.pause":
      await pauseSchedule(tx, message, now);
      return null;
    case "schedule.delete":
      await deleteSchedule(tx, message, now);
      return null;
    case "question.answer":
      return await answerQuestion(tx, message, now);
    case "night.set":
      await setNight(tx, organization, message.person, message.night, now);
      return null;
    case "schedule.fire":
      return await fireNow(tx, organization, message);
  }
}

/** Begun, and written down, before the message is marked; its id makes beginning it again harmless. Its outcome is awaited by nobody here. */
async function beginVerb(
  { verbs, log }: InboxOptions,
  organization: string,
  { id: call, person, role, verb, args }: Extract<JobsInboxMessage, { kind: "verb.call" }>,
): Promise<void> {
  const caller = { organization, workstation: null, run: null, person, role, call };
  const { outcome } = await verbs.begin({ caller, verb, args });
  void outcome.catch((error: unknown) => log.warn({ err: error, verb }, "A verb failed while it waited."));
}
