/** What the doctor finds, and whom it looks at. */
import type { JobsTransaction } from "@nightgate/db/jobs";

export interface Patient {
  organization: string;
  /** Only what concerns this workstation; null is everything. */
  workstation: string | null;
  person: string | null;
  role: string | null;
}

export interface Finding {
  /** The same finding has the same id, however often it is looked for. */
  id: string;
  kind: "ghost" | "stuck" | "contradiction";
  what: string;
  why: string;
  run: string | null;
  /** Null where only a person can. */
  repair: { say: string; do: (tx: JobsTransaction) => Promise<string[]> } | null;
}

export type Check = (tx: JobsTransaction, patient: Patient, now: Date) => Promise<Finding[]>;
