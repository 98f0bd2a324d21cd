/** What must be true after all that was killed. Each finding is a sentence; none is what is hoped for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HOLD_STATES, isSettled } from "@nightgate/shared/hold-states";
import { type Evening, type HoldDetail, readHold } from "@nightgate/testkit/evening";
import type { TaskStream } from "@nightgate/testkit/task-stream";
import { z } from "zod";
import { arrivals } from "./arrivals.ts";
import { ask } from "./persist.ts";
import type { Worked } from "./work.ts";

const receiptLine = z.looseObject({ index: z.number(), kind: z.string(), hold: z.string().nullable() });
const auditPage = z.object({ receipts: z.array(receiptLine), older: z.number().nullable() });
const verified = z.looseObject({ firstBad: z.unknown() });
type ReceiptLine = z.infer<typeof receiptLine>;

const ENDED = new Set<string>([...HOLD_STATES.filter(isSettled), "unknown"]);

export interface Seen {
  holds: HoldDetail[];
  receipts: ReceiptLine[];
  findings: string[];
}

export async function examine(evening: Evening, worked: Worked, tasks: readonly TaskStream[]): Promise<Seen> {
  const receipts = await allReceipts(evening);
  const ids = new Set(receipts.filter(({ kind }) => kind === "hold.opened").map(({ hold }) => hold ?? ""));
  const every = await Promise.all([...ids].map(async (id) => await readHold(evening, id)));
  const holds = every.filter(({ action }) => action.kind === "git.push");
  const { firstBad } = verified.parse(await ask(evening, `${evening.product.gate}/api/audit/verify`, {}));
  const findings = [
    ...tasks.flatMap(wrongInTask),
    ...holds.flatMap((hold) => wrongInHold(hold, worked, receipts)),
    ...wrongUpstream(evening, holds),
    ...(firstBad === null ? [] : [`The log does not verify from entry ${JSON.stringify(firstBad)} on.`]),
  ];
  return { holds, receipts, findings };
}

function wrongInTask({ task, events }: TaskStream): string[] {
  const wrong: string[] = [];
  for (const run of task.runs) {
    const seqs = events.filter((event) => event.run === run.id).map(({ seq }) => seq);
    if (seqs.some((seq, index) => seq !== index + 1))
      wrong.push(`${run.id}: events are numbered ${seqs.join(" ")}.`);
    const prompts = events
      .filter((event) => event.run === run.id && event.kind === "prompt")
      .map(({ prompt }) => prompt);
    if (new Set(prompts).size !== prompts.length) wrong.push(`${run.id}: a prompt was told twice.`);
    if (run.state === "failed") wrong.push(`${run.id} failed: ${run.error}`);
  }
  return wrong;
}

function wrongInHold(
  { id, state }: HoldDetail,
  { approved, rejected }: Worked,
  receipts: readonly ReceiptLine[],
): string[] {
  const count = (kind: string): number =>
    receipts.filter((line) => line.hold === id && line.kind === kind).length;
  const wrong: string[] = [];
  const expected = {
    "hold.opened": 1,
    "release.started": ["released", "failed", "unknown"].includes(state) ? 1 : 0,
    "release.ended": ["released", "failed", "unknown"].includes(state) ? 1 : 0,
    "hold.decided": ["released", "failed", "unknown", "rejected"].includes(state) ? 1 : 0,
  };
  for (const [kind, times] of Object.entries(expected))
    if (count(kind) !== times)
      wrong.push(`${id} is ${state} and has ${count(kind)} receipts ${kind}, not ${times}.`);
  if (!ENDED.has(state)) wrong.push(`${id} is still ${state}.`);
  if (state === "released" && !approved.has(id)) wrong.push(`${id} was released, and nobody approved it.`);
  if (state === "rejected" && !rejected.has(id)) wrong.push(`${id} was rejected by nobody.`);
  return wrong;
}

/**
 * What git itself wrote down at the upstream, against what was released. The same commit may have been held again, after a rejection or a
 * failure: it arrived as often as holds of it were released, and once more at most where nobody knows.
 */
function wrongUpstream({ product }: Evening, holds: readonly HoldDetail[]): string[] {
  const arrived = countOf(arrivals(product.home).map(({ ref, sha }) => `${sha} at ${ref}`));
  const inState = (state: string): Map<string, number> =>
    countOf(
      holds
        .filter((hold) => hold.state === state)
        .flatMap(({ action }) => (action.updates ?? []).map(({ ref, new: sha }) => `${sha} at ${ref}`)),
    );
  const [released, unknown] = [inState("released"), inState("unknown")];
  return [...new Set([...arrived.keys(), ...released.keys()])].flatMap((what) => {
    const [times, least] = [arrived.get(what) ?? 0, released.get(what) ?? 0];
    const most = least + (unknown.get(what) ?? 0);
    if (times >= least && times <= most) return [];
    return [
      `${what} arrived ${times} times; it was released ${least} times, and nobody knows of ${most - least}.`,
    ];
  });
}

function countOf(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

async function allReceipts(evening: Evening): Promise<ReceiptLine[]> {
  const found: ReceiptLine[] = [];
  for (let before: number | null | undefined; before !== null;) {
    const query = before === undefined ? "" : `?before=${before}`;
    const page = auditPage.parse(await ask(evening, `${evening.product.gate}/api/audit/receipts${query}`));
    found.push(...page.receipts);
    before = page.older;
  }
  return found;
}

/** Lines of the journal on the gate's own disk: each hold is dispatched at most once. */
export function dispatchedTwice(home: string): string[] {
  const lines = readFileSync(join(home, "gate/journal/dispatched.jsonl"), "utf8").split("\n").filter(Boolean);
  const holds = lines
    .map((line) => z.looseObject({ event: z.string(), hold: z.string() }).parse(JSON.parse(line)))
    .filter(({ event }) => event === "dispatched")
    .map(({ hold }) => hold);
  return holds
    .filter((hold, index) => holds.indexOf(hold) !== index)
    .map((hold) => `${hold} was dispatched twice.`);
}
