/**
 * The last few pushes as they were read for a page, so that a second look at a large one does not read its objects again. A view is made of objects that
 * are named by what is in them, so it cannot become another one.
 */
import type { Hold, PushView, PushViews } from "../core/ports.ts";
import { PAGE_LIMITS } from "./limits.ts";

/** `views`, remembering the ones that were asked for last. A view that failed is not kept. */
export function keepViews(views: PushViews): PushViews {
  const kept = new Map<string, Promise<PushView>>();
  const keyOf = (hold: Hold): string => `${hold.organization} ${hold.id} ${hold.actionDigest}`;
  return {
    view: async (hold) => {
      const key = keyOf(hold);
      const known = kept.get(key);
      const reading = known ?? views.view(hold);
      kept.delete(key);
      kept.set(key, reading);
      for (const oldest of [...kept.keys()].slice(0, -PAGE_LIMITS.keptViewsMax)) kept.delete(oldest);
      try {
        return await reading;
      } catch (error) {
        if (kept.get(key) === reading) kept.delete(key);
        throw error;
      }
    },
  };
}
