/** What a message says at the moment when it goes out: about things as they are now, to this device, in these hours. */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import { isOutside } from "@nightgate/shared/outside";
import { visibleText } from "@nightgate/shared/visible-text";
import type { Hold } from "../core/ports.ts";
import type { Attention, Wake } from "./attention.ts";
import { PUSH_LIMITS } from "./limits.ts";
import { groupMessage, messageOf, noteTitle, type PushMessage } from "./message.ts";
import type { About, Outbox, Queued } from "./outbox.ts";
import type { Rings } from "./rings.ts";
import { isRunState, runMessage } from "./run-message.ts";
import type { Subscription } from "./subscriptions.ts";

export interface NowDeps {
  db: GateDatabase;
  outbox: Outbox;
  attention: Pick<Attention, "mayRing">;
  rings: Rings;
  clock: Clock;
}

export interface Now {
  message: PushMessage;
  /** How long a push service is to keep it for a device that is off. */
  keptMs: number;
}

interface Said extends Now {
  workstation: string | null;
  wakes: readonly Wake[];
}

/** Null where things have moved on: their next message tells. */
export function createNow(deps: NowDeps): (queued: Queued, to: Subscription) => Promise<Now | null> {
  return async (queued, to) => {
    const said = await saidOf(deps, queued, to);
    if (said === null) return null;
    const { message, keptMs } = said;
    const quiet = message.quiet || (await isHushed(deps, queued, to, said));
    return { message: { ...message, quiet }, keptMs };
  };
}

async function saidOf(deps: NowDeps, queued: Queued, to: Subscription): Promise<Said | null> {
  const { about } = queued;
  if (about.kind === "hold") return await aboutHold(deps, queued, about, to);
  return about.kind === "run"
    ? await aboutRun(deps, queued, about)
    : await aboutMessage(deps, queued, about.message);
}

async function isHushed(
  { attention, rings }: NowDeps,
  queued: Queued,
  to: Subscription,
  { workstation, wakes }: Said,
): Promise<boolean> {
  if (!(await attention.mayRing(to.person, wakes, thingOf(queued.about)))) return true;
  return workstation !== null && !rings.mayRing(to.id, workstation, queued.id);
}

const KEPT_MS = PUSH_LIMITS.keptSecondsMax * 1000;

/** Under the name by which channels know it too: one thing counts once in a night. */
function thingOf(about: About): string {
  if (about.kind === "hold") return `hold ${about.hold}`;
  return about.kind === "run" ? `run ${about.run}` : `message ${about.message}`;
}

async function aboutHold(
  deps: NowDeps,
  { organization }: Queued,
  about: { hold: string; state: string },
  to: Subscription,
): Promise<Said | null> {
  const found = await deps.outbox.readHold(organization, about.hold);
  if (found === null || found.hold.state !== about.state) return null;
  const { hold, first } = found;
  const own = messageOf(hold, first);
  if (own === null) return null;
  const keptMs = hold.state === "pending" ? hold.expiresAt.getTime() - deps.clock.now() : KEPT_MS;
  const message = (await asOneOfMany(deps, hold, first, to)) ?? own;
  return {
    message,
    keptMs,
    workstation: hold.workstation,
    wakes: [hold.state === "pending" ? "hold" : "failure"],
  };
}

/** Where a workstation asks for many things, they share one notification that counts them; so does the end of one that was told so. */
async function asOneOfMany(
  { db, outbox }: NowDeps,
  hold: Hold,
  first: string,
  to: Subscription,
): Promise<PushMessage | null> {
  const { workstation, organization } = hold;
  if (workstation === null || !isOutside(hold.action)) return null;
  // What went wrong is always told by itself.
  if (hold.state === "failed" || hold.state === "unknown") return null;
  const { waiting, name } = await db.asOrganization(organization, async (tx) => ({
    waiting: await tx.gateHolds.count({
      where: { workstationId: workstation, state: "pending", kind: { in: ["git.push", "http.request"] } },
    }),
    name: (await tx.gateWorkstations.findFirst({ where: { id: workstation }, select: { name: true } }))?.name,
  }));
  const tag = await outbox.tagOf(organization, [hold.id, first], to.id);
  const inGroup =
    tag === workstation || (tag === null && hold.state === "pending" && waiting > PUSH_LIMITS.singlyToldMax);
  if (!inGroup) return null;
  return groupMessage({ workstation, name: name ?? "A workstation" }, waiting, hold.state !== "pending");
}

async function aboutRun(
  { db }: NowDeps,
  { organization }: Queued,
  about: { run: string; state: string; turn: number },
): Promise<Said | null> {
  return await db.asOrganization(organization, async (tx) => {
    const news = await tx.gateRunNews.findUnique({ where: { runId: about.run } });
    const run = await tx.jobsRuns.findUnique({ where: { id: about.run } });
    if (news === null || news.turn !== about.turn || run === null || !isRunState(about.state)) return null;
    const place = await tx.gateWorkstations.findFirst({ where: { id: run.workstationId } });
    if (place === null) return null;
    const message = runMessage({ id: run.id, job: run.jobId, state: about.state }, place.name);
    const wakes =
      about.state === "awaiting_input" ? await wakesOfQuestion(tx, run.id) : (["failure"] as const);
    return { message, keptMs: KEPT_MS, workstation: place.id, wakes };
  });
}

/** An urgent question wakes whoever lets urgent things through. */
async function wakesOfQuestion(tx: GateTransaction, run: string): Promise<Wake[]> {
  const rows = await tx.$queryRaw<{ urgent: boolean }[]>`
    SELECT urgent FROM jobs.human_messages
    WHERE run_id = ${run} AND kind = 'question' AND answered_at IS NULL AND closed_reason IS NULL`;
  return rows.some(({ urgent }) => urgent) ? ["question", "urgent"] : ["question"];
}

/** That somebody said something, and not what: an agent's words are for the page (attack N2). */
async function aboutMessage({ db }: NowDeps, { organization }: Queued, id: string): Promise<Said | null> {
  return await db.asOrganization(organization, async (tx) => {
    const [row] = await tx.$queryRaw<MessageRow[]>`
      SELECT m.kind, m.purpose, m.urgent, m.job_id, m.answered_at, m.closed_reason, m.workstation_id, w.name
      FROM jobs.human_messages m LEFT JOIN gate.workstations w ON w.id = m.workstation_id WHERE m.id = ${id}`;
    if (row === undefined || row.answered_at !== null || row.closed_reason !== null) return null;
    const asks = row.kind === "question";
    const kinds: Wake[] = asks ? ["question"] : [];
    return {
      message: {
        title: `${visibleText(row.name ?? "Nightgate")} ${asks ? "has a question" : noteTitle(row.purpose)}`,
        body: asks ? "It waits for your answer." : "Open it to read.",
        hold: null,
        ...(row.job_id === null ? {} : { job: row.job_id }),
        tag: id,
        quiet: !asks && !row.urgent,
      },
      keptMs: KEPT_MS,
      workstation: row.workstation_id,
      wakes: row.urgent ? [...kinds, "urgent"] : kinds,
    };
  });
}

interface MessageRow {
  kind: string;
  purpose: string;
  urgent: boolean;
  job_id: string | null;
  answered_at: Date | null;
  closed_reason: string | null;
  workstation_id: string | null;
  name: string | null;
}
