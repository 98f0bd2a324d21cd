/** /status and /holds: what goes on, in a few lines of the gate's own words. */
import type { GateTransaction } from "@nightgate/db/gate";
import { visibleText } from "@nightgate/shared/visible-text";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { Origins } from "./words.ts";

interface RunRow {
  state: string;
  title: string;
  name: string | null;
}

/** Live runs with their workstation and task, and what waits. */
export async function statusText(tx: GateTransaction): Promise<string> {
  const runs = await tx.$queryRaw<RunRow[]>`
    SELECT r.state, j.title, w.name FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
      LEFT JOIN gate.workstations w ON w.id = r.workstation_id
    WHERE r.ended_at IS NULL ORDER BY r.created_at DESC LIMIT ${CHANNEL_LIMITS.listedMax + 1}`;
  const holds = await tx.gateHolds.count({ where: { state: "pending" } });
  const [asked] = await tx.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM jobs.human_messages WHERE kind = 'question' AND answered_at IS NULL AND closed_reason IS NULL`;
  const questions = Number(asked?.count ?? 0);
  const lines = runs
    .slice(0, CHANNEL_LIMITS.listedMax)
    .map(
      ({ state, title, name }) =>
        `${visibleText(name ?? "a workstation")}: ${state.replaceAll("_", " ")}: ${visibleText(title).slice(0, 80)}`,
    );
  if (runs.length > CHANNEL_LIMITS.listedMax) lines.push("and more");
  return [
    lines.length === 0 ? "Nothing is at work or in line." : lines.join("\n"),
    `${holds} ${holds === 1 ? "hold waits" : "holds wait"} for a decision, ${questions} ${questions === 1 ? "question" : "questions"} for an answer.`,
  ].join("\n\n");
}

/** Holds that wait, each with its title and the page on which it is decided. */
export async function holdsText(tx: GateTransaction, { gate }: Origins): Promise<string> {
  const rows = await tx.gateHolds.findMany({
    where: { state: "pending" },
    orderBy: { createdAt: "asc" },
    take: CHANNEL_LIMITS.listedMax,
    select: { id: true, card: true },
  });
  if (rows.length === 0) return "Nothing waits for a decision.";
  return rows.map(({ id, card }) => `${id} ${titleOf(card)}\n${gate}/holds/${id}`).join("\n\n");
}

function titleOf(card: unknown): string {
  const title = typeof card === "object" && card !== null && "title" in card ? card.title : "";
  return visibleText(typeof title === "string" ? title : "").slice(0, 160);
}
