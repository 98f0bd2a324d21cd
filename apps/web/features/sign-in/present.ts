/** What the door shows to somebody who is not signed in. */
import { visibleText } from "@nightgate/shared/visible-text";
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
  "membership.ended":
    "You are no longer a member of that organization. Sign in again to see your other organizations.",
  "gate.away": "The gate does not answer, so nobody can sign in right now. Try again in a minute.",
  "database.away": "The database does not answer. Try again in a minute.",
};

export function doorView(query: Query, ended: { organizationName: string } | null = null): DoorView {
  const back = typeof query["return"] === "string" ? localPath(query["return"]) : "/";
  const problem =
    typeof query["problem"] === "string"
      ? (PROBLEMS[query["problem"]] ?? "Signing in did not work. Start again.")
      : null;
  const removed = ended === null ? null : visibleText(endedWords(ended.organizationName));
  return {
    startHref: back === "/" ? "/auth/start" : `/auth/start?return=${encodeURIComponent(back)}`,
    enrolHref: `${addresses().gateOrigin}/enrol`,
    leadsTo: back === "/" ? null : (back.split(/[?#]/)[0] ?? null),
    problem: problem ?? removed,
  };
}

function endedWords(organizationName: string): string {
  return `You are no longer a member of ${organizationName}. Sign in again to see your other organizations.`;
}
