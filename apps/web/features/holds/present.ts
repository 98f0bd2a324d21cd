/** Every field of a hold that leaves the server, listed: the gate's own card, and a link to the gate's own page, where alone it can be decided. */
import { card } from "@nightgate/shared/card";
import { HOLD_STATES, type HoldState } from "@nightgate/shared/hold-states";
import { cut, milliseconds } from "../../server/plain.ts";

export interface HoldView {
  id: string;
  run: string | null;
  kind: string;
  state: HoldState;
  title: string;
  verb: string;
  target: string;
  facts: { label: string; value: string }[];
  flags: { level: "danger" | "warning" | "note"; text: string }[];
  words: string;
  /** How the release ended, in the gate's words. */
  outcome: string;
  supersededBy: string | null;
  createdAt: number;
  expiresAt: number;
  decidedAt: number | null;
  endedAt: number | null;
  /** The gate's own page for it. */
  href: string;
}

export interface HoldRow {
  id: string;
  kind: string;
  state: string;
  card: unknown;
  runId: string | null;
  words: string;
  outcome: unknown;
  supersededBy: string | null;
  createdAt: Date;
  expiresAt: Date;
  decidedAt: Date | null;
  endedAt: Date | null;
}

/** A hold as web may show it: the gate's own card, and a link to the gate's own page. */
export function presentHold(row: HoldRow, gateOrigin: string): HoldView {
  const read = card.safeParse(row.card);
  const shown = read.success
    ? read.data
    : { title: row.kind, verb: row.kind, target: "", facts: [], flags: [] };
  return {
    id: row.id,
    run: row.runId,
    kind: row.kind,
    state: HOLD_STATES.find((state) => state === row.state) ?? "unknown",
    title: shown.title,
    verb: shown.verb,
    target: shown.target,
    facts: shown.facts.slice(0, 12).map((fact) => ({ label: fact.label, value: cut(fact.value, 400) })),
    flags: shown.flags
      .filter((flag) => flag.level !== "note")
      .slice(0, 6)
      .map((flag) => ({ level: flag.level, text: flag.text })),
    words: cut(row.words, 8_000),
    outcome: outcomeWords(row.outcome),
    supersededBy: row.supersededBy,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    decidedAt: milliseconds(row.decidedAt),
    endedAt: milliseconds(row.endedAt),
    href: `${gateOrigin}/holds/${encodeURIComponent(row.id)}`,
  };
}

function outcomeWords(outcome: unknown): string {
  const words = typeof outcome === "object" && outcome !== null && "words" in outcome ? outcome.words : "";
  return typeof words === "string" ? cut(words, 2_000) : "";
}

/** The branch of the newest push, as the gate's card names it ("refs/heads/main: 1a2b → 3c4d; ..."). */
export function branchOf(holds: readonly HoldView[]): string | null {
  for (const hold of holds.toReversed()) {
    if (hold.kind !== "git.push") continue;
    for (const fact of hold.facts) {
      const branch = /^refs\/heads\/(.+?): /.exec(fact.value)?.[1];
      if (branch !== undefined) return branch;
    }
  }
  return null;
}
