/** The whole life of a hold, as a table. What is not in it cannot happen; the database has the same list in a CHECK constraint. */
export const HOLD_MOVES = {
  pending: ["approved", "rejected", "expired", "superseded", "withdrawn"],
  approved: ["releasing", "expired", "withdrawn"],
  releasing: ["released", "failed", "unknown"],
  unknown: ["released", "failed"],
  released: [],
  failed: [],
  rejected: [],
  expired: [],
  superseded: [],
  withdrawn: [],
} as const satisfies Record<string, readonly string[]>;

export type HoldState = keyof typeof HOLD_MOVES;
/** One legal move, as a type: an illegal one does not compile. */
export type HoldMove = {
  [From in HoldState]: { from: From; to: (typeof HOLD_MOVES)[From][number] };
}[HoldState];

export const HOLD_STATES = Object.keys(HOLD_MOVES) as HoldState[];

/** True when nothing can happen to the hold any more. */
export function isSettled(state: HoldState): boolean {
  return HOLD_MOVES[state].length === 0;
}
