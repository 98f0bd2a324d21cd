/** Turns announcements, and the clock, into looks at what they may concern. An announcement that was missed is found by the sweep. */
import type { Change } from "@nightgate/shared/changes";
import type { Clock } from "@nightgate/shared/clock";
import type { Logger } from "pino";
import type { ChainKeeper } from "../chains/keeper.ts";
import type { Courier } from "../peers/courier.ts";
import type { RunStore } from "../store/run-store.ts";
import type { WorkstationStore } from "../store/workstation-store.ts";
import type { VerbDesk } from "../verbs/verb-desk.ts";
import type { SocketListeners } from "../workstations/socket-listeners.ts";
import type { SocketWatch } from "../workstations/socket-watch.ts";
import type { Conductor } from "./conductor.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Inbox } from "./inbox.ts";
import type { KeyedQueue } from "./keyed-queue.ts";
import type { Ticker } from "./ticker.ts";

export interface AttentionOptions {
  runs: RunStore;
  workstations: WorkstationStore;
  conductor: Conductor;
  dispatcher: Dispatcher;
  ticker: Ticker;
  inbox: Inbox;
  chains: ChainKeeper;
  courier: Courier;
  verbs: Pick<VerbDesk, "news" | "forget">;
  listeners: SocketListeners;
  sockets: Pick<SocketWatch, "look" | "lookAgain">;
  /** Writes down which workstations are not connected, where that failed before. */
  recordAgain(): Promise<void>;
  queue: KeyedQueue;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** No verb waits for these, and there are many of them. Their own outcomes are what waiting ends in. */
const NO_NEWS: ReadonlySet<string> = new Set([
  "jobs.events",
  "jobs.inbox",
  "jobs.verb_calls",
  "jobs.workstations",
]);

/** What may let something begin. */
const ROOM: ReadonlySet<string> = new Set(["jobs.locks", "jobs.nights"]);

export class Attention {
  readonly #options: AttentionOptions;
  readonly #known = new Set<string>();

  constructor(options: AttentionOptions) {
    this.#options = options;
  }

  async keepSockets(): Promise<void> {
    const { queue, listeners, workstations } = this.#options;
    const keep = async (): Promise<void> => await listeners.keep(await workstations.all());
    await queue.add("sockets", async () => await this.#carefully("Listening for workstations", keep));
  }

  async sweep(): Promise<void> {
    await this.keepSockets();
    await this.#carefully("Looking at sockets", async () => {
      await this.#options.sockets.look();
      await this.#options.recordAgain();
    });
    // What was reckoned by a clock that was ahead is reckoned anew, as after a start.
    if (this.#options.ticker.clockWentBack()) this.#known.clear();
    await this.#carefully("Looking at everything", async () => {
      for (const organization of await this.#options.workstations.organizations()) {
        this.#options.verbs.news(organization);
        await this.#options.verbs.forget(organization);
        if (await this.#rests(organization)) continue;
        await this.#emptyInbox(organization);
        await this.#lookAtOpen(organization);
        await this.#lookAtRipe(organization);
        this.#options.dispatcher.wake(organization);
        await this.#options.ticker.attend(organization);
        await this.#options.chains.sweep(organization);
        await this.#carryMessages(organization);
      }
    });
  }

  /** Nothing goes on there and nothing is due: one question instead of a look at everything. Its alarms are set by the first look. */
  async #rests(organization: string): Promise<boolean> {
    const { runs, clock } = this.#options;
    if (this.#known.has(organization)) return !(await runs.stirs(organization, new Date(clock.now())));
    this.#known.add(organization);
    return false;
  }

  async react({ table, organization, id }: Change): Promise<void> {
    if (table === "control.workstations" || table === "control.organization_directory")
      return await this.keepSockets();
    if (organization === null) return;
    if (!NO_NEWS.has(table)) this.#options.verbs.news(organization);
    if (table === "jobs.inbox") return await this.#emptyInbox(organization);
    if (table === "jobs.schedules") return await this.#options.ticker.attend(organization);
    if (table === "jobs.chain_runs") return await this.#options.chains.attend(organization, id);
    if (table === "jobs.messages") return await this.#hearMessage(organization, id);
    if (table === "jobs.workstations")
      return await this.#carefully("Looking at sockets", async () => await this.#options.sockets.lookAgain());
    await this.#reactToRest({ table, organization, id });
  }

  async #reactToRest({ table, organization, id }: Change & { organization: string }): Promise<void> {
    if (ROOM.has(table)) return this.#options.dispatcher.wake(organization);
    if (table === "jobs.runs") return await this.#options.conductor.look(organization, id);
    // Whose hold it is, and what else waits for it, is read when each run is looked at.
    if (table === "gate.holds")
      await this.#carefully("Looking at runs", async () => await this.#lookAtOpen(organization));
  }

  async #emptyInbox(organization: string): Promise<void> {
    const { queue, inbox } = this.#options;
    const empty = async (): Promise<void> => await inbox.empty(organization);
    await queue.add(`inbox ${organization}`, async () => await this.#carefully("The inbox", empty));
  }

  async #carryMessages(organization: string): Promise<void> {
    const { courier, conductor, clock } = this.#options;
    await this.#carefully("Carrying messages", async () => {
      for (const run of await courier.attend(organization, new Date(clock.now())))
        void conductor.look(organization, run);
    });
  }

  /** Who has got it may begin, and who has asked may hear how it ended. */
  async #hearMessage(organization: string, message: string): Promise<void> {
    const { courier, conductor } = this.#options;
    await this.#carefully("Looking at a message", async () => {
      for (const run of await courier.concerned(organization, message))
        void conductor.look(organization, run);
    });
  }

  async #lookAtOpen(organization: string): Promise<void> {
    const { runs, conductor } = this.#options;
    // Side by side: a workstation that answers slowly keeps nobody else waiting.
    for (const { id } of await runs.open(organization)) void conductor.look(organization, id);
  }

  async #lookAtRipe(organization: string): Promise<void> {
    const { runs, conductor, clock } = this.#options;
    for (const { id } of await runs.ripe(organization, new Date(clock.now())))
      void conductor.look(organization, id);
  }

  async #carefully(what: string, work: () => Promise<void>): Promise<void> {
    const { log, signal } = this.#options;
    if (signal.aborted) return;
    await work().catch((error: unknown) => log.warn({ err: error }, `${what} failed. It is tried again.`));
  }
}
