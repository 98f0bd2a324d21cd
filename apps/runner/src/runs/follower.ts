/** Follows what workstations tell: takes runs up again when one connects, copies their events, and says which runs have news. */
import type { AgentdRun } from "@nightgate/shared/agentd-protocol";
import type { RunEvent, RunEventBody } from "@nightgate/shared/run-events";
import type { Logger } from "pino";
import type { EventStore } from "../store/event-store.ts";
import type { RunRow, RunStore } from "../store/run-store.ts";
import type { WorkstationStore } from "../store/workstation-store.ts";
import type { AgentdLink, Hello, LinkHandlers } from "../workstations/agentd-link.ts";

export interface FollowerOptions {
  runs: RunStore;
  events: EventStore;
  workstations: WorkstationStore;
  look(organization: string, run: string): Promise<void>;
  log: Logger;
}

export interface Follower {
  handlers: LinkHandlers;
  /** The connection of a workstation that has said hello, or null. */
  linkOf(workstation: string): AgentdLink | null;
}

/** Events after which something may have to be decided. */
const TURNING: ReadonlySet<RunEventBody["kind"]> = new Set(["turn.ended", "turn.failed", "session.ended"]);

/** Makes the follower. Its only memory is which connection is which workstation's. */
export function createFollower({ runs, events, workstations, look, log }: FollowerOptions): Follower {
  const links = new Map<string, AgentdLink>();

  const follow = async (link: AgentdLink, run: string, after: number): Promise<void> => {
    await link.send({ type: "events.follow", id: `follow-${run}-${after}`, run, after });
  };

  const takeUp = async (link: AgentdLink, hello: Hello): Promise<void> => {
    const known = new Map(
      (
        await runs.findAll(
          link.organization,
          hello.runs.map(({ run }) => run),
        )
      ).map((row) => [row.id, row]),
    );
    for (const told of hello.runs) {
      const row = known.get(told.run);
      if (row === undefined || row.workstation !== link.workstation) continue;
      if (needsFollowing(told, row)) await follow(link, row.id, row.lastSeq);
    }
    // Invariant 10: nothing is ended and nothing is said again because the runner was away; each run is looked at.
    const open = (await runs.open(link.organization))
      .filter((row) => row.workstation === link.workstation)
      .map(({ id }) => id);
    const live = hello.runs.filter(({ phase }) => phase !== "ended").map(({ run }) => run);
    for (const run of new Set([...open, ...live])) void look(link.organization, run);
  };

  const copy = async (link: AgentdLink, run: string, fresh: readonly RunEvent[]): Promise<void> => {
    const stored = await events.store(link.organization, link.workstation, run, fresh);
    if (!stored.ok)
      return log.warn(
        { run, workstation: link.workstation },
        "A workstation told of a run that is not its own.",
      );
    const first = fresh[0];
    if (first !== undefined && first.seq > stored.lastSeq + 1)
      void follow(link, run, stored.lastSeq).catch(String);
    link.ack(run, stored.lastSeq);
    if (fresh.some(({ body }) => TURNING.has(body.kind))) void look(link.organization, run);
  };

  return {
    linkOf: (workstation) => links.get(workstation) ?? null,
    handlers: {
      onHello: async (link, hello) => {
        links.get(link.workstation)?.close();
        links.set(link.workstation, link);
        log.info(
          {
            workstation: link.workstation,
            boot: hello.boot,
            version: hello.version,
            runs: hello.runs.length,
          },
          "A workstation is connected.",
        );
        await workstations.connected(link, {
          boot: hello.boot,
          version: hello.version,
          agents: hello.agents,
        });
        void takeUp(link, hello).catch((error: unknown) => {
          log.warn(
            { error, workstation: link.workstation },
            "Taking up a workstation's runs failed. It is asked to come back.",
          );
          link.close();
        });
      },
      onEvents: async (link, { run, events: fresh }) => await copy(link, run, fresh),
      onRun: (link, told) => void look(link.organization, told.run),
      onFault: (link, error) =>
        log.warn({ error, workstation: link.workstation }, "A workstation's connection failed."),
      onClosed: (link) => {
        if (links.get(link.workstation) !== link) return;
        links.delete(link.workstation);
        log.info({ workstation: link.workstation }, "A workstation is not connected any more.");
        void workstations
          .disconnected(link)
          .catch((error: unknown) => log.warn({ error }, "That could not be recorded."));
      },
    },
  };
}

/** Live ones, and ended ones of which something has not been stored. */
function needsFollowing(told: AgentdRun, row: RunRow): boolean {
  return told.phase !== "ended" || told.lastSeq > row.lastSeq;
}
