/** Announcements between processes: Postgres NOTIFY on one channel, by triggers. They carry ids only; who may read the row decides what is seen. */
import { z } from "zod";

export const CHANGES_CHANNEL = "nightgate_changes";

export const change = z.object({
  /** For example `gate.holds`. */
  table: z.string().max(100),
  organization: z.string().max(100).nullable(),
  id: z.string().max(100),
});
export type Change = z.infer<typeof change>;
