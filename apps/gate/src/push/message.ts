/**
 * What a device shows of a hold: the gate's own sentence and the hold's id. No diff, no explanation by an agent, no link: the page is found
 * from the id, on the gate's own origin (attacks N2, N4 and N6).
 */
import { isOutside } from "@nightgate/shared/outside";
import { visibleText } from "@nightgate/shared/visible-text";
import type { Hold } from "../core/ports.ts";
import { PUSH_LIMITS } from "./limits.ts";

export interface PushMessage {
  title: string;
  body: string;
  /** Null for a test, and for what is about several or about a run. */
  hold: string | null;
  /** The job that a message about a run leads to. */
  job?: string;
  /** What it replaces on the device: one notification per hold, whatever becomes of it. */
  tag: string;
  /** Shown without a sound. */
  quiet: boolean;
}

type Told = Pick<Hold, "id" | "state" | "card" | "action" | "outcome">;

/** The message about the hold as it is now, or null where nobody needs to hear. `tag` is the first hold of those that replaced each other. */
export function messageOf(hold: Told, tag: string): PushMessage | null {
  const said = wordsOf(hold);
  if (said === null) return null;
  const prefix = said.prefix === "" ? "" : `${said.prefix}: `;
  return {
    title: cut(prefix + visibleText(hold.card.title), PUSH_LIMITS.titleCharactersMax),
    body: cut(said.body, PUSH_LIMITS.bodyCharactersMax),
    hold: hold.id,
    tag,
    quiet: said.quiet,
  };
}

interface Words {
  prefix: string;
  body: string;
  quiet: boolean;
}

function wordsOf(hold: Told): Words | null {
  switch (hold.state) {
    case "pending":
      // The gate's own changes are proposed by somebody who is looking at its pages: told, without a sound.
      return {
        prefix: "",
        body: `${unusual(hold)}Read it and decide.`,
        quiet: !isOutside(hold.action),
      };
    case "released":
      return { prefix: "Done", body: "Approved, and it has arrived.", quiet: true };
    case "failed":
      return { prefix: "Failed", body: "Approved, and it did not arrive.", quiet: false };
    case "unknown":
      return { prefix: "Look at this", body: "Nobody can say if it arrived.", quiet: false };
    case "rejected":
      return { prefix: "Rejected", body: "Nothing was sent.", quiet: true };
    case "expired":
      return { prefix: "Expired", body: "Nobody answered in time. Nothing was sent.", quiet: true };
    case "withdrawn":
      return { prefix: "Withdrawn", body: "Nothing was sent.", quiet: true };
    // Told by what comes next: the release's end, or the hold that took its place.
    case "approved":
    case "releasing":
    case "superseded":
      return null;
    default:
      return hold.state satisfies never;
  }
}

/** One notification for all that waits of a workstation, counted. */
export function groupMessage(
  { workstation, name }: { workstation: string; name: string },
  waiting: number,
  quiet: boolean,
): PushMessage {
  return {
    title:
      waiting === 0
        ? `${visibleText(name)}: nothing waits any more`
        : `${visibleText(name)}: ${waiting} ${waiting === 1 ? "thing waits" : "things wait"} for a decision`,
    body: waiting === 0 ? "All of it is decided." : "Read them and decide.",
    hold: null,
    tag: workstation,
    quiet,
  };
}

function unusual({ card }: Told): string {
  const dangers = card.flags.filter((flag) => flag.level === "danger").length;
  const warnings = card.flags.filter((flag) => flag.level === "warning").length;
  if (dangers > 0) return `${dangers} ${dangers === 1 ? "danger" : "dangers"} marked. `;
  return warnings > 0 ? `${warnings} ${warnings === 1 ? "warning" : "warnings"}. ` : "";
}

function cut(text: string, charactersMax: number): string {
  const characters = Array.from(text);
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax - 1).join("")}…`;
}

/** What a workstation does by a note that nobody has to answer; of a chain it is a result that its document has sent on. */
export const noteTitle = (purpose: string): string =>
  purpose === "chain" ? "has a result of the night" : "sends a note";

export const TEST_MESSAGE: PushMessage = {
  title: "The gate can ring this device",
  body: "This is a test. A hold looks like this, and a tap opens it.",
  hold: null,
  tag: "nightgate-test",
  quiet: false,
};

/** Once a week, without a sound: a device that has fallen silent is found before the night in which it is needed. */
export const SELF_TEST_MESSAGE: PushMessage = {
  title: "The gate can reach this device",
  body: "The weekly test. You need not do anything.",
  hold: null,
  tag: "nightgate-test",
  quiet: true,
};

export const BRIEFING_MESSAGE: PushMessage = {
  title: "Your briefing is ready",
  body: "Open it to read what the night has brought.",
  hold: null,
  tag: "nightgate-briefing",
  quiet: false,
};
