/** Holds in memory, for the git surface's own tests: what core does with a database, as small as it can be. */
import { createHash } from "node:crypto";
import { isSettled } from "@nightgate/shared/hold-states";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import type { Hold, Holds } from "../../../core/ports.ts";

export interface MemoryHolds extends Holds {
  all: Hold[];
  waitMs: number;
  /** Moves a hold and wakes who waits for it. */
  move(id: string, change: Partial<Hold>): Hold;
  /** Resolves with the next hold that is opened. */
  nextOpened(): Promise<Hold>;
}

export function memoryHolds(): MemoryHolds {
  const wakers = new Set<() => void>();
  const wake = (): void => {
    for (const waker of wakers) waker();
  };
  const opened: ((hold: Hold) => void)[] = [];
  const find = (organization: string, id: string): Hold => {
    const hold = holds.all.find((one) => one.id === id && one.organization === organization);
    if (hold === undefined) throw new Problem("not-found", { what: "such hold" });
    return hold;
  };
  const holds: MemoryHolds = {
    all: [],
    waitMs: 50,
    move: (id, change) => {
      const hold = holds.all.find((one) => one.id === id);
      if (hold === undefined) throw new Error(`no hold ${id}`);
      Object.assign(hold, change);
      wake();
      return hold;
    },
    nextOpened: () => new Promise((resolve) => opened.push(resolve)),
    open: async (request) => {
      const actionDigest = createHash("sha256").update(JSON.stringify(request.action)).digest("hex");
      const same = holds.all.find((one) => one.actionDigest === actionDigest && one.state === "pending");
      if (same !== undefined) return same;
      const id = newId("hold");
      await request.keep(id);
      const hold: Hold = {
        organization: request.caller?.organization ?? "",
        id,
        state: "pending",
        action: request.action,
        actionDigest,
        card: request.card,
        resource: request.resource,
        workstation: request.caller?.workstation ?? null,
        run: request.caller?.run ?? null,
        agentWords: request.agentWords,
        supersedes: request.supersedes,
        supersededBy: null,
        after: null,
        words: "",
        decidedBy: null,
        outcome: null,
        createdAt: new Date(),
        expiresAt: new Date(Date.now() + 86_400_000),
        decidedAt: null,
        endedAt: null,
      };
      holds.all.push(hold);
      if (request.supersedes !== null)
        holds.move(request.supersedes, { state: "superseded", supersededBy: id });
      for (const resolve of opened.splice(0)) resolve(hold);
      return hold;
    },
    get: async (organization, id) => find(organization, id),
    list: async (organization, filter) =>
      holds.all.filter(
        (hold) =>
          hold.organization === organization &&
          (filter.states?.includes(hold.state) ?? true) &&
          (filter.workstation === undefined || hold.workstation === filter.workstation) &&
          (filter.kind === undefined || hold.action.kind === filter.kind),
      ),
    waitUntilSettled: (organization, id, ms, signal) =>
      new Promise((resolve, reject) => {
        const hold = find(organization, id);
        const end = (): void => {
          clearTimeout(timer);
          wakers.delete(look);
          signal.removeEventListener("abort", abort);
        };
        const finish = (): void => {
          end();
          resolve(hold);
        };
        const look = (): void => {
          if (isSettled(hold.state)) finish();
        };
        const abort = (): void => {
          end();
          reject(signal.reason as Error);
        };
        const timer = setTimeout(finish, ms);
        wakers.add(look);
        signal.addEventListener("abort", abort);
        if (signal.aborted) abort();
        else look();
      }),
    clientWaitMs: () => holds.waitMs,
    withdraw: async (_organization, id, words) => void holds.move(id, { state: "withdrawn", words }),
  };
  return holds;
}
