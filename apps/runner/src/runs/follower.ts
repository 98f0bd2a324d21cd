/** Follows what workstations tell: takes runs up again when one connects, copies their events, and says which runs have news. */
import type { AgentdMessage, AgentdRun } from "@nightgate/shared/agentd-protocol";
import type { RunEventBody } from "@nightgate/shared/run-events";
import type { Logger } from "pino";
import type { RunnerFaults } from "../fault-points.ts";
import type { EventStore } from "../store/event-store.ts";
import type { RunRow } from "../store/run-row.ts";
import type { RunStore } from "../store/run-store.ts";
import type { WorkstationStore } from "../store/workstation-store.ts";
import type { VerbDesk } from "../verbs/verb-desk.ts";
import type {
  AgentdLink,
  Hello,
  LinkHandlers,
  VerbAsk,
  WorkstationIdentity,
} from "../workstations/agentd-link.ts";

export interface FollowerOptions {
  runs: RunStore;
  events: EventStore;
  workstations: WorkstationStore;
  look(organization: string, run: string): Promise<void>;
  /** A workstation came: what waits for it may begin. */
  wakeDispatcher(organization: string): void;
  verbs: Pick<VerbDesk, "call">;
  log: Logger;
  faults: RunnerFaults;
}

/** Events after which something may have to be decided. */
const TURNING: ReadonlySet<RunEventBody["kind"]> = new Set(["turn.ended", "turn.failed", "session.ended"]);

/** Its only memory is which connection is which workstation's. */
export class Follower implements LinkHandlers {
  readonly #options: FollowerOptions;
  readonly #links = new Map<string, AgentdLink>();
  /** Those whose going could not be written down. */
  readonly #unrecorded = new Map<string, WorkstationIdentity>();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** The connection of a workstation that has said hello, or null. */
  linkOf(workstation: string): AgentdLink | null {
    return this.#links.get(workstation) ?? null;
  }

  /** The organization's workstations that are connected here. */
  connected(organization: string): string[] {
    return [...this.#links.values()]
      .filter((link) => link.organization === organization)
      .map(({ workstation }) => workstation);
  }

  async onHello(link: AgentdLink, hello: Hello): Promise<void> {
    const { log, workstations } = this.#options;
    this.#links.get(link.workstation)?.close();
    this.#links.set(link.workstation, link);
    const { boot, version, agents } = hello;
    log.info(
      { workstation: link.workstation, boot, version, runs: hello.runs.length },
      "A workstation is connected.",
    );
    await workstations.connected(link, { boot, version, agents });
    // Not awaited: it waits for replies, and events may come before them.
    void this.#takeUp(link, hello).catch((error: unknown) => {
      log.warn(
        { error, workstation: link.workstation },
        "Taking up a workstation's runs failed. It is asked to come back.",
      );
      link.close();
    });
  }

  async onEvents(
    link: AgentdLink,
    { run, events: fresh }: Extract<AgentdMessage, { type: "events" }>,
  ): Promise<void> {
    const { events, log, look, faults } = this.#options;
    const stored = await events.store(link.organization, link.workstation, run, fresh);
    if (!stored.ok)
      return log.warn(
        { run, workstation: link.workstation },
        "A workstation told of a run that is not its own.",
      );
    const first = fresh[0];
    if (first !== undefined && first.seq > stored.lastSeq + 1)
      void follow(link, run, stored.lastSeq).catch(String);
    faults("after-events");
    // Invariant 10: agentd may forget what is stored, and nothing else.
    link.ack(run, stored.lastSeq);
    if (fresh.some(({ body }) => TURNING.has(body.kind))) void look(link.organization, run);
  }

  onRun(link: AgentdLink, told: AgentdRun): void {
    void this.#options.look(link.organization, told.run);
  }

  /** Invariant 1: who asks is whose socket it came in on; the run is only a hint. */
  onVerb(link: AgentdLink, { id, run, verb, args }: VerbAsk): void {
    const { organization, workstation } = link;
    const caller = { organization, workstation, run, person: null, role: null, call: id };
    void this.#options.verbs
      .call({ caller, verb, args })
      .then((outcome) => link.tell({ type: "verb.result", id, outcome }));
  }

  onFault(link: AgentdLink, error: unknown): void {
    this.#options.log.warn(
      { err: error, workstation: link.workstation },
      "A workstation's connection failed.",
    );
  }

  onClosed(link: AgentdLink): void {
    const { log, workstations } = this.#options;
    if (this.#links.get(link.workstation) !== link) return;
    this.#links.delete(link.workstation);
    log.info({ workstation: link.workstation }, "A workstation is not connected any more.");
    void workstations.disconnected(link).catch((error: unknown) => {
      this.#unrecorded.set(link.workstation, link);
      log.warn({ err: error }, "That could not be recorded. It is tried again.");
    });
  }

  /** What could not be recorded: a run on a workstation that is only said to be there would wait for it for ever. */
  async recordAgain(): Promise<void> {
    for (const [workstation, who] of this.#unrecorded) {
      if (!this.#links.has(workstation)) await this.#options.workstations.disconnected(who);
      this.#unrecorded.delete(workstation);
    }
  }

  async #takeUp(link: AgentdLink, hello: Hello): Promise<void> {
    const { runs, look } = this.#options;
    const ids = hello.runs.map(({ run }) => run);
    const known = new Map((await runs.findAll(link.organization, ids)).map((row) => [row.id, row]));
    for (const told of hello.runs) {
      const row = known.get(told.run);
      if (row === undefined || row.workstation !== link.workstation) continue;
      if (needsFollowing(told, row)) await follow(link, row.id, row.lastSeq);
    }
    // Invariant 10: nothing is ended and nothing is said again because the runner was away; each run is looked at.
    const open = await runs.open(link.organization);
    const here = open.filter((row) => row.workstation === link.workstation).map(({ id }) => id);
    const live = hello.runs.filter(({ phase }) => phase !== "ended").map(({ run }) => run);
    for (const run of new Set([...here, ...live])) void look(link.organization, run);
    this.#options.wakeDispatcher(link.organization);
  }
}

async function follow(link: AgentdLink, run: string, after: number): Promise<void> {
  await link.send({ type: "events.follow", id: `follow-${run}-${after}`, run, after });
}

/** Live ones, and ended ones of which something has not been stored. */
function needsFollowing(told: AgentdRun, row: RunRow): boolean {
  return told.phase !== "ended" || told.lastSeq > row.lastSeq;
}
