/** Takes messages from the outbox to the devices: a few at once, each tried again with growing waits, none for ever. */
import type { Clock } from "@nightgate/shared/clock";
import type { Deliver, Delivery } from "./deliver.ts";
import { PUSH_LIMITS } from "./limits.ts";
import type { Now } from "./now.ts";
import type { Outbox, Queued } from "./outbox.ts";
import type { Subscription, Subscriptions } from "./subscriptions.ts";

export interface SenderDeps {
  outbox: Outbox;
  subscriptions: Subscriptions;
  deliver: Deliver;
  /** What it says now; null where things have moved on. */
  now(queued: Queued, to: Subscription): Promise<Now | null>;
  clock: Clock;
  log: { error(fields: Record<string, unknown>, message: string): void };
}

export interface Sender {
  /** Starts to send; returns at once. A message that is under way already is not started twice. */
  take(messages: readonly Queued[]): void;
  /** Ends what waits; rows stay queued for the next start. */
  stop(): Promise<void>;
}

export function createSender(deps: SenderDeps): Sender {
  const stopping = new AbortController();
  const underWay = new Map<bigint, Promise<void>>();
  const turns = createTurns(PUSH_LIMITS.deliveriesAtOnceMax);
  const start = async (message: Queued): Promise<void> => {
    try {
      await sendUntilEnded(deps, turns, message, stopping.signal);
    } catch (error) {
      // Stopping ends waits; anything else is said. Either way the row stays queued.
      if (!stopping.signal.aborted)
        deps.log.error({ about: message.about, error }, "a notification could not be sent");
    } finally {
      underWay.delete(message.id);
    }
  };
  return {
    take: (messages) => {
      for (const message of messages)
        if (!underWay.has(message.id) && !stopping.signal.aborted) underWay.set(message.id, start(message));
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(underWay.values());
    },
  };
}

type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>;

async function sendUntilEnded(
  deps: SenderDeps,
  turns: Turns,
  message: Queued,
  signal: AbortSignal,
): Promise<void> {
  let { attempts } = message;
  for (;;) {
    const delivery = await turns(async () => await sendOnce(deps, message, signal));
    // What was cut off because the gate stops was no attempt.
    signal.throwIfAborted();
    attempts += 1;
    const now = new Date(deps.clock.now());
    if (delivery.result === "sent") return await deps.outbox.ended(message, "sent", "", now);
    if (delivery.result === "gone") {
      await deps.subscriptions.drop(message.subscription);
      return await deps.outbox.ended(message, "gone", "The device has unsubscribed.", now);
    }
    const wait = delivery.result === "later" ? PUSH_LIMITS.retryWaitsMs[attempts - 1] : undefined;
    if (delivery.result === "refused" && delivery.detail !== OVERTAKEN)
      await deps.subscriptions.markFailed(message.subscription, now);
    if (wait === undefined) return await deps.outbox.ended(message, "failed", delivery.detail, now);
    await deps.outbox.attempted(message, attempts, delivery.detail);
    await deps.clock.wait(
      Math.max(wait, (delivery.result === "later" ? delivery.afterMs : null) ?? 0),
      signal,
    );
  }
}

const OVERTAKEN = "It has moved on.";

/** Reads what it is about and the device anew each time: what has moved on in the meantime is not told late. */
async function sendOnce(deps: SenderDeps, queued: Queued, signal: AbortSignal): Promise<Delivery> {
  const to = await deps.subscriptions.find(queued.subscription);
  if (to === null) return { result: "gone" };
  const now = await deps.now(queued, to);
  if (now === null) return { result: "refused", detail: OVERTAKEN };
  await deps.outbox.tagged(queued, now.message.tag);
  const shows = { kind: "message", organization: queued.organization, id: queued.id } as const;
  const keptSeconds = Math.max(60, Math.floor(now.keptMs / 1000));
  return await deps.deliver(to, now.message, { keptSeconds, shows }, signal);
}

function createTurns(atOnceMax: number): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
