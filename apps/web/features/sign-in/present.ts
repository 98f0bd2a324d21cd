/** What the door shows to somebody who is not signed in. */
import { addresses } from "../../server/addresses.ts";
import type { Query } from "../../server/query.ts";
import { localPath } from "./schema.ts";

export interface DoorView {
  startHref: string;
  enrolHref: string;
  /** Where signing in leads, when somebody came by a link. */
  leadsTo: string | null;
  problem: string | null;
}

/** A closed list: the address bar cannot put words of its own on this page. */
const PROBLEMS: Record<string, string> = {
  "sign-in.failed":
    "Signing in did not work: the attempt took too long, was used already, or began in another browser. Start again.",
  "gate.away": "The gate does not answer, so nobody can sign in right now. Try again in a minute.",
  "database.away": "The database does not answer. Try again in a minute.",
};

export function doorView(query: Query): DoorView {
  const back = typeof query["return"] === "string" ? localPath(query["return"]) : "/";
  const problem =
    typeof query["problem"] === "string"
      ? (PROBLEMS[query["problem"]] ?? "Signing in did not work. Start again.")
      : null;
  return {
    startHref: back === "/" ? "/auth/start" : `/auth/start?return=${encodeURIComponent(back)}`,
    enrolHref: `${addresses().gateOrigin}/enrol`,
    leadsTo: back === "/" ? null : back,
    problem,
  };
}
