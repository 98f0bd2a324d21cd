/** The runner's settings. Read once, by main.ts. */
import { isAbsolute } from "node:path";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";

const settings = z.object({
  NIGHTGATE_HOME: z
    .string()
    .refine(isAbsolute, "must be an absolute path")
    .describe("The installation's folder"),
  DATABASE_URL: z
    .string()
    .startsWith("postgres", "must be a postgres:// URL")
    .describe("The database, as the role nightgate_runner"),
  NIGHTGATE_TEST: z
    .enum(["0", "1"])
    .optional()
    .describe("1 in tests only: the file runner/fault-once may kill the process at a named place"),
});

export interface RunnerConfig {
  home: string;
  databaseUrl: string;
  isTest: boolean;
}

/** Reads the settings once, or ends the process with everything that is wrong with them. */
export function readRunnerConfig(raw: Record<string, string | undefined>): RunnerConfig {
  const read = readSettings(settings, raw);
  return { home: read.NIGHTGATE_HOME, databaseUrl: read.DATABASE_URL, isTest: read.NIGHTGATE_TEST === "1" };
}
