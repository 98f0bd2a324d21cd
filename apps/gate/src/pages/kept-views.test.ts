/** What is remembered is what was read; failures and old ones are read anew. */
import { expect, test } from "vitest";
import type { Hold, PushView } from "../core/ports.ts";
import { keepViews } from "./kept-views.ts";
import { PAGE_LIMITS } from "./limits.ts";

const hold = (id: string): Hold => ({ organization: "org_a", id, actionDigest: "d" }) as Hold;

function counted(): { asked: string[]; views: ReturnType<typeof keepViews>; broken: { now: boolean } } {
  const asked: string[] = [];
  const broken = { now: false };
  const views = keepViews({
    view: async ({ id }) => {
      asked.push(id);
      if (broken.now) throw new TypeError("unreadable");
      return await Promise.resolve({ commitCount: asked.length } as PushView);
    },
  });
  return { asked, views, broken };
}

test("two looks at the same time and one later read it once", async () => {
  const { asked, views } = counted();
  const [one, two] = await Promise.all([views.view(hold("H-1")), views.view(hold("H-1"))]);
  expect(await views.view(hold("H-1"))).toBe(one);
  expect(two).toBe(one);
  expect(asked).toEqual(["H-1"]);
});

test("one that failed is read again", async () => {
  const { asked, views, broken } = counted();
  broken.now = true;
  await expect(views.view(hold("H-1"))).rejects.toThrow("unreadable");
  broken.now = false;
  await views.view(hold("H-1"));
  expect(asked).toHaveLength(2);
});

test("no more than the limit are kept, and the one that was not looked at for longest goes", async () => {
  const { asked, views } = counted();
  for (let at = 0; at <= PAGE_LIMITS.keptViewsMax; at += 1) await views.view(hold(`H-${at}`));
  await views.view(hold("H-0"));
  expect(asked.filter((id) => id === "H-0")).toHaveLength(2);
  await views.view(hold(`H-${PAGE_LIMITS.keptViewsMax}`));
  expect(asked.filter((id) => id === `H-${PAGE_LIMITS.keptViewsMax}`)).toHaveLength(1);
});
