/** Reads a process's settings once, or says everything that is wrong with them: names, never values. Used by each app's env.ts. */
import type { z } from "zod";

/** Parses `raw` with `schema`. On failure prints one line per setting to stderr and ends the process with status 78 (EX_CONFIG). */
export function readSettings<Shape extends z.ZodType>(
  schema: Shape,
  raw: Record<string, string | undefined>,
): z.infer<Shape> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    (issue) => `  ${issue.path.join(".") || "settings"}: ${issue.message}`,
  );
  process.stderr.write(`The settings are not usable:\n${lines.join("\n")}\n`);
  process.exit(78);
}
