/** What a hold's state means to a person: one table for every page. */
import type { HoldState } from "@nightgate/shared/hold-states";
import type { Tone } from "./task-states.ts";

const HOLD_STATES = {
  pending: { label: "Waits for approval", tone: "warn", live: false },
  approved: { label: "Approved", tone: "good", live: true },
  releasing: { label: "Being sent", tone: "accent", live: true },
  released: { label: "Sent", tone: "good", live: false },
  failed: { label: "Could not be sent", tone: "bad", live: false },
  unknown: { label: "Outcome unknown", tone: "bad", live: false },
  rejected: { label: "Rejected", tone: "bad", live: false },
  expired: { label: "Nobody answered in time", tone: "neutral", live: false },
  superseded: { label: "Replaced by a later one", tone: "neutral", live: false },
  withdrawn: { label: "Withdrawn", tone: "neutral", live: false },
} as const satisfies Record<HoldState, { label: string; tone: Tone; live: boolean }>;

export function holdState(state: HoldState): { label: string; tone: Tone; live: boolean } {
  return HOLD_STATES[state];
}
