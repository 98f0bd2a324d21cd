/** The outbox's rounds: what is due is sent, what is handled is changed where it was told. One organization at a time, each looked at when there is a reason. */
import type { Clock } from "@nightgate/shared/clock";
import type { ChannelResource } from "@nightgate/shared/policy";
import type { Deliveries, Delivery } from "./deliveries.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { Sender } from "./sender.ts";

export interface RoundsDeps {
  clock: Clock;
  log: { error(fields: Record<string, unknown>, message: string): void };
  deliveries: Deliveries;
  sender: Sender;
  organizations(): readonly string[];
  ofPolicy(organization: string): Promise<ChannelResource[]>;
  /** What else is due by the clock: briefings. */
  also(organization: string): Promise<void>;
}

export interface Rounds {
  look(organization: string): void;
  settle(organization: string): void;
  start(): void;
  /** Lets what is on its way arrive, for a moment; then cuts it off. */
  stop(): Promise<void>;
}

const STOP_MS = 3_000;

export function createRounds(deps: RoundsDeps): Rounds {
  const { clock, log, deliveries, organizations, ofPolicy } = deps;
  const [stopping, cut] = [new AbortController(), new AbortController()];
  const [due, unsettled] = [new Set<string>(), new Set<string>()];
  let wake = (): void => undefined;
  let nextAll = 0;
  const nextForget = new Map<string, number>();
  const round = async (): Promise<void> => {
    // Those with a reason at once; everybody now and then, for what is due by the clock alone.
    const everybody = clock.now() >= nextAll;
    if (everybody) nextAll = clock.now() + CHANNEL_LIMITS.wholeRoundMs;
    const [toSettle, toSend] = [[...unsettled], new Set([...due, ...(everybody ? organizations() : [])])];
    unsettled.clear();
    due.clear();
    for (const organization of toSend) {
      if (stopping.signal.aborted) return;
      await deps.also(organization);
      if (clock.now() >= (nextForget.get(organization) ?? 0)) {
        nextForget.set(organization, clock.now() + CHANNEL_LIMITS.forgetEveryMs);
        await deliveries.forget(organization, new Date(clock.now()));
      }
      await sendDue(deps, organization, cut.signal);
    }
    for (const organization of toSettle)
      if (!(await settleAll(deps, organization, cut.signal))) unsettled.add(organization);
  };
  const begin = async (): Promise<void> => {
    for (const organization of organizations()) {
      const channels = await ofPolicy(organization);
      const idempotent = channels.filter(({ service }) => service === "webhook").map(({ id }) => id);
      await deliveries.afterStart(organization, idempotent);
      unsettled.add(organization);
    }
  };
  const guarded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!cut.signal.aborted) log.error({ error }, "channels could not be told; the next round tries again");
    }
  };
  const keep = async (): Promise<void> => {
    await guarded(begin);
    while (!stopping.signal.aborted) {
      await guarded(round);
      const woken = new Promise<void>((resolve) => (wake = resolve));
      if (due.size > 0) continue;
      const waited = new AbortController();
      await Promise.race([
        woken,
        clock
          .wait(CHANNEL_LIMITS.roundMs, AbortSignal.any([stopping.signal, waited.signal]))
          .catch((stopped: unknown) => stopped),
      ]);
      waited.abort();
    }
  };
  let running: Promise<void> = Promise.resolve();
  return {
    look: (organization) => {
      due.add(organization);
      wake();
    },
    settle: (organization) => {
      unsettled.add(organization);
      due.add(organization);
      wake();
    },
    start: () => {
      running = keep();
    },
    stop: async () => {
      stopping.abort();
      wake();
      const done = new AbortController();
      void clock.wait(STOP_MS, done.signal).then(
        () => cut.abort(),
        () => "it ended in time",
      );
      await running;
      done.abort();
    },
  };
}

/** Different links at the same time, each link's in order. */
async function sendDue(
  { clock, deliveries, sender, log }: RoundsDeps,
  organization: string,
  signal: AbortSignal,
): Promise<void> {
  const taken = await deliveries.take(organization, new Date(clock.now()));
  const byLink = Map.groupBy(taken, ({ link }) => link);
  await Promise.all(
    [...byLink.values()].map(async (ofLink: readonly Delivery[]) => {
      for (const delivery of ofLink)
        try {
          await sender.send(delivery, signal);
        } catch (error) {
          if (signal.aborted) return;
          // Its row says that it was on its way: the next start settles that.
          log.error({ about: delivery.about, error }, "a message to a channel could not be ended");
        }
    }),
  );
}

/** True when nothing is left that a service was too busy for. */
async function settleAll(
  { clock, deliveries, sender }: RoundsDeps,
  organization: string,
  signal: AbortSignal,
): Promise<boolean> {
  const since = new Date(clock.now() - CHANNEL_LIMITS.settleMsMax);
  for (const delivery of await deliveries.unsettled(organization, since)) {
    if (signal.aborted) return true;
    await sender.settle(delivery, signal);
  }
  return true;
}
