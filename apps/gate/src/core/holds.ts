/** Holds: opened once per action, waited for, listed, withdrawn. Decisions and releases have files of their own. */
import type { Clock } from "@nightgate/shared/clock";
import { isSettled } from "@nightgate/shared/hold-states";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import type { HoldEvents } from "./hold-events.ts";
import { LIMITS } from "./limits.ts";
import { type HoldRequest, openHold, readAction } from "./open-hold.ts";
import type { Hold, Holds, Notifier, OpenHold, Presence } from "./ports.ts";
import type { CoreLog, Faults, Store, Unit } from "./store-ports.ts";

export interface HoldsDeps {
  store: Pick<Store, "write" | "hold" | "list">;
  events: HoldEvents;
  presence: Pick<Presence, "isWatched">;
  notifier: Notifier;
  clock: Clock;
  log: CoreLog;
  faults: Faults;
  /** Overrides how long a client is kept waiting, where the settings say so. */
  clientWaitMs: number | null;
}

export interface HoldsCore extends Holds {
  /** As `open`, with more to write in the same transaction; `within` is called for a fresh hold only. */
  openWith(request: OpenHold, within: (unit: Unit, hold: Hold) => Promise<void>): Promise<Hold>;
  /** Tells waiters and devices about a committed move. */
  announce(hold: Hold): void;
  /** Called when a hold can move no further, with what may follow from it. */
  onEnded(follow: (hold: Hold) => Promise<void>): void;
  /** Asked about each fresh hold, before anybody is: what it approves is on its way and rings nobody. */
  approveFresh(approve: (hold: Hold) => Promise<Hold | null>): void;
}

export function createHolds(deps: HoldsDeps): HoldsCore {
  const { store, events, notifier, log } = deps;
  const inBackground = (work: Promise<void>, hold: Hold): void => {
    // A notification that cannot be sent never fails what it tells of; the notifier keeps its own retries.
    work.catch((error: unknown) => log.error({ hold: hold.id, error }, "a notification could not be queued"));
  };
  let approve: (hold: Hold) => Promise<Hold | null> = async () => null;
  let follow: (hold: Hold) => Promise<void> = async () => undefined;
  const announce = (hold: Hold): void => {
    events.moved(hold);
    inBackground(notifier.holdMoved(hold), hold);
    // What is missed here is found by the next round.
    if (isSettled(hold.state))
      follow(hold).catch((error: unknown) =>
        log.error({ hold: hold.id, error }, "what follows this hold could not be looked at"),
      );
  };
  const openWith: HoldsCore["openWith"] = async (request, within) => {
    const { digest } = readAction(request.action);
    const present = await store.write(
      request.action.organization,
      async (unit) => await unit.pendingOf(digest),
    );
    if (present) return present;
    const opened = await openFresh(deps, request, within);
    if (opened.superseded) announce(opened.superseded);
    const approved = opened.fresh ? await approve(opened.hold) : null;
    if (approved) {
      events.moved(approved);
      return approved;
    }
    if (opened.fresh) inBackground(notifier.holdOpened(opened.hold), opened.hold);
    return opened.hold;
  };
  const get: Holds["get"] = async (organization, id) => {
    const hold = await store.hold(organization, id);
    // Invariant 9: row-level security hides other organizations' rows, so both cases answer the same.
    if (!hold) throw new Problem("not-found", { what: `hold ${id.slice(0, 40)}` });
    return hold;
  };
  return {
    openWith,
    announce,
    onEnded: (given) => {
      follow = given;
    },
    approveFresh: (given) => {
      approve = given;
    },
    get,
    open: async (request) => await openWith(request, async () => undefined),
    list: async (organization, filter) => await store.list(organization, filter),
    waitUntilSettled: async (organization, id, ms, signal) =>
      await waitUntilSettled({ ...deps, get }, { organization, id, ms, signal }),
    clientWaitMs: (organization) =>
      deps.clientWaitMs ??
      (deps.presence.isWatched(organization) ? LIMITS.clientWaitWatchedMs : LIMITS.clientWaitMs),
    withdraw: async (organization, id, words) => {
      const hold = await get(organization, id);
      announce(await withdraw(store, hold, words));
    },
  };
}

async function openFresh(
  { store, faults }: HoldsDeps,
  request: OpenHold,
  within: (unit: Unit, hold: Hold) => Promise<void>,
): ReturnType<typeof openHold> {
  const id = newId("hold");
  // Invariant 7: the payload is durable before the row says that it is held.
  await request.keep(id);
  faults("after-keep");
  const { keep: _kept, ...rest }: OpenHold = request;
  const fields: HoldRequest = rest;
  const opened = await store.write(request.action.organization, async (unit) => {
    const result = await openHold(unit, id, fields);
    if (result.fresh) await within(unit, result.hold);
    return result;
  });
  faults("after-hold-row");
  return opened;
}

async function withdraw(store: Pick<Store, "write">, hold: Hold, words: string): Promise<Hold> {
  return await store.write(hold.organization, async (unit) => {
    const from = hold.state;
    if (from !== "pending" && from !== "approved")
      throw new Problem("hold.decided", { hold: hold.id, state: from });
    if (!(await unit.moveHold(hold.id, { from, to: "withdrawn" }, { words })))
      throw new Problem("hold.decided", {
        hold: hold.id,
        state: (await unit.hold(hold.id))?.state ?? "gone",
      });
    unit.receipt({ kind: "hold.moved", hold: hold.id, from, to: "withdrawn", words });
    await unit.dropSecrets(hold.id);
    return { ...hold, state: "withdrawn", words, endedAt: unit.now };
  });
}

interface Wait {
  organization: string;
  id: string;
  ms: number;
  signal: AbortSignal;
}

/** States in which something may still happen without a person settling it. */
const MOVING: readonly string[] = ["pending", "approved", "releasing"];

async function waitUntilSettled(
  { get, events, clock }: HoldsDeps & Pick<Holds, "get">,
  { organization, id, ms, signal }: Wait,
): Promise<Hold> {
  if (events.count >= LIMITS.waitersMax)
    throw new Problem("too-many", { what: "waits for holds", limit: LIMITS.waitersMax });
  const stop = new AbortController();
  const over = clock.wait(Math.min(ms, LIMITS.waitMsMax), AbortSignal.any([signal, stop.signal])).then(
    () => "over" as const,
    () => "over" as const,
  );
  let wake = (): void => undefined;
  let woken = new Promise<"moved">((resolve) => (wake = () => resolve("moved")));
  const unsubscribe = events.subscribe(organization, id, () => wake());
  try {
    for (;;) {
      const hold = await get(organization, id);
      if (!MOVING.includes(hold.state) || signal.aborted) return hold;
      if ((await Promise.race([over, woken])) === "over") return await get(organization, id);
      woken = new Promise<"moved">((resolve) => (wake = () => resolve("moved")));
    }
  } finally {
    unsubscribe();
    stop.abort();
  }
}
