/**
 * Holds that follow another one, as a pull request follows the push of its branch: released after it, and withdrawn when it ends without
 * being released. What takes the place of a hold counts as that hold.
 */
import type { Hold } from "./ports.ts";
import type { Store } from "./store-ports.ts";

export type FollowStore = Pick<Store, "write" | "hold" | "inStates">;

/** How many replacements are followed; more than a night of pushes to one branch. */
const SUCCESSORS_MAX = 1_000;

/** `clear`: it may go. `wait`: the other one may still be released. `never`: it ended otherwise, with the sentence that says so. */
export type Turn = { turn: "clear" | "wait" } | { turn: "never"; words: string };

/** Where the hold stands that `hold` follows. */
export async function turnOf(store: Pick<Store, "hold">, hold: Hold): Promise<Turn> {
  if (hold.after === null) return { turn: "clear" };
  let before = await store.hold(hold.organization, hold.after);
  for (let step = 0; before?.supersededBy && step < SUCCESSORS_MAX; step += 1)
    before = await store.hold(hold.organization, before.supersededBy);
  if (!before) return { turn: "never", words: `${hold.after}, which it follows, does not exist.` };
  switch (before.state) {
    case "released":
      return { turn: "clear" };
    case "pending":
    case "approved":
    case "releasing":
    case "unknown":
      return { turn: "wait" };
    default:
      return {
        turn: "never",
        words: `It follows ${before.id}, which ended as ${before.state}. Nothing was sent.`,
      };
  }
}

/** Withdraws every pending hold whose turn will never come. Returns those that were. */
export async function withdrawLeftBehind(store: FollowStore, organization: string): Promise<Hold[]> {
  const withdrawn: Hold[] = [];
  for (const hold of await store.inStates(organization, ["pending"])) {
    const found = await turnOf(store, hold);
    if (found.turn !== "never") continue;
    const { words } = found;
    const moved = await store.write(organization, async (unit) => {
      if (!(await unit.moveHold(hold.id, { from: "pending", to: "withdrawn" }, { words }))) return null;
      unit.receipt({ kind: "hold.moved", hold: hold.id, from: "pending", to: "withdrawn", words });
      return await unit.hold(hold.id);
    });
    if (moved) withdrawn.push(moved);
  }
  return withdrawn;
}
