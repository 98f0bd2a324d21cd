/** The life of a push, with a real git on every side: held, told, decided, released. */
import { afterEach, expect, test } from "vitest";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
afterEach(() => scene.stop());

test("a push is held: exit 0, told so, the tracking branch unmoved, nothing upstream (invariant 7)", async () => {
  scene = await openScene();
  const before = scene.upstream.refs();
  const id = await scene.commit("src/shop.ts", "export const price = 3;\n");
  const push = await scene.git("push", "origin", "main");
  const hold = scene.onlyHold();
  expect(push.text).toContain(`main -> refs/held/${hold.id}`);
  expect(push.text).toContain(`held as ${hold.id}, NOT pushed yet;`);
  expect(push.code).toBe(0);
  expect((await scene.must("rev-parse", "origin/main")).trim()).toBe(before["refs/heads/main"]);
  expect(scene.upstream.refs()).toEqual(before);
  expect(hold.action).toMatchObject({ kind: "git.push", updates: [{ ref: "refs/heads/main", new: id, verb: "fast-forward" }] });
  expect(hold.card.title).toBe("atlas wants to push 1 commit to acme/shop main");
});

test("an approved push arrives with exactly the held ids (invariant 5)", async () => {
  scene = await openScene();
  const id = await scene.commit("src/shop.ts", "export const price = 3;\n");
  await scene.must("push", "origin", "main");
  const outcome = await scene.approve(scene.onlyHold());
  expect(outcome).toMatchObject({ state: "released", evidence: { refs: { "refs/heads/main": id } } });
  expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
  expect(scene.markers).toHaveLength(1);
});
