/** What a triage said: by the JSON on its last line, or else by its exit status. Everything else is an error. */
import { z } from "zod";
import { TRIAGE_OUTCOMES } from "./document.ts";

export type TriageOutcome = (typeof TRIAGE_OUTCOMES)[number] | "ERROR";

const said = z.looseObject({
  outcome: z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(TRIAGE_OUTCOMES)),
});

/** Exit 0 is GREEN, 1 YELLOW, 2 RED; a last line such as `{"outcome": "RED"}` outranks these three. */
export function triageOutcome({
  exitStatus,
  result,
}: {
  exitStatus: number | null;
  result: string;
}): TriageOutcome {
  const byStatus = exitStatus === null ? undefined : TRIAGE_OUTCOMES[exitStatus];
  if (byStatus === undefined) return "ERROR";
  const line = result.trim().split("\n").at(-1)?.trim() ?? "";
  if (!line.startsWith("{")) return byStatus;
  try {
    const parsed = said.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data.outcome : "ERROR";
  } catch {
    // It looks like an outcome and is none: nobody knows what it meant.
    return "ERROR";
  }
}
