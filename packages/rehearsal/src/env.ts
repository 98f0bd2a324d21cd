/** Settings of the rehearsal's servers. */
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";

const settings = z.object({
  NIGHTGATE_HOME: z.string().min(1).describe("where the data lives"),
  NIGHTGATE_REHEARSAL_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .describe("the port on 127.0.0.1; 0 takes a free one"),
});

export interface RehearsalConfig {
  home: string;
  port: number;
}

/** Reads the settings, or ends the process with everything that is wrong with them. */
export function readRehearsalConfig(raw: Record<string, string | undefined>): RehearsalConfig {
  const read = readSettings(settings, raw);
  return { home: read.NIGHTGATE_HOME, port: read.NIGHTGATE_REHEARSAL_PORT };
}
