/** Announcements between processes: Postgres NOTIFY on one channel, by triggers. They carry ids only; who may read the row decides what is seen. */
import { z } from "zod";

export const CHANGES_CHANNEL = "nightgate_changes";

export const change = z.object({
  /** For example `gate.holds`. */
  table: z.string(),
  organization: z.string().nullable(),
  id: z.string(),
});
export type Change = z.infer<typeof change>;
