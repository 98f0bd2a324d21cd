/** The whole of what a hold would do, whatever kind it is. */
import type { HoldDetail } from "../wire.ts";
import { drawChanges } from "./change-view.ts";
import { drawPush } from "./push-view.ts";
import { drawRequest } from "./request-view.ts";

/** Resolves when the last line of it is on the page (invariant 3). */
export async function drawWhole(
  place: HTMLElement,
  hold: HoldDetail,
  progress: (words: string) => void,
): Promise<void> {
  if (hold.action.kind === "git.push") await drawPush(place, hold, hold.action, progress);
  else if (hold.action.kind === "http.request") drawRequest(place, hold.action);
  else drawChanges(place, hold);
}
