/** The life of a push, with a real git on every side: held, told, decided, released. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Hold } from "../../core/ports.ts";
import { startClient } from "./testing/client.ts";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.stop());

const settled = async (of: Scene, until: () => boolean): Promise<void> => {
  for (let round = 0; round < 200 && !until(); round += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  if (!until()) throw new Error(`it did not happen\n${of.logged.join("\n")}`);
};

describe("held", () => {
  test("exit 0, told so, the tracking branch unmoved, nothing upstream (invariant 7)", async () => {
    const before = scene.upstream.refs();
    const id = await scene.commit("src/shop.ts", "export const price = 3;\n");
    const push = await scene.git("push", "origin", "main");
    const hold = scene.onlyHold();
    expect(push.text).toContain(`main -> refs/held/${hold.id}`);
    expect(push.text).toContain(`held as ${hold.id}, NOT pushed yet;`);
    expect(push.text).toContain("exactly this will be pushed when it is approved;");
    expect(push.text).toContain("go on with other work or end your turn.");
    expect(push.code).toBe(0);
    expect((await scene.must("rev-parse", "origin/main")).trim()).toBe(before["refs/heads/main"]);
    expect(scene.upstream.refs()).toEqual(before);
    expect(hold.action).toMatchObject({
      kind: "git.push",
      updates: [{ ref: "refs/heads/main", new: id, verb: "fast-forward" }],
    });
    expect(hold.card.title).toBe("atlas wants to push 1 commit to acme/shop main");
    expect(hold.agentWords).toBe("Change src/shop.ts");
  });

  test("H28: the same push again attaches to the same hold", async () => {
    await scene.commit("a.txt", "a\n");
    await scene.must("push", "origin", "main");
    const hold = scene.onlyHold();
    const again = await scene.must("push", "origin", "main");
    expect(again).toContain(`refs/held/${hold.id}`);
    expect(scene.holds.all).toHaveLength(1);
  });

  test("a client killed in mid-hold leaves the hold, and its retry attaches to it (invariant 7)", async () => {
    scene.holds.waitMs = 30_000;
    await scene.commit("a.txt", "a\n");
    const { child, ended } = scene.start("push", "origin", "main");
    const hold = await scene.holds.nextOpened();
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(scene.onlyHold().id).toBe(hold.id);
    scene.holds.waitMs = 50;
    expect(await scene.must("push", "origin", "main")).toContain(`refs/held/${hold.id}`);
    expect((await scene.approve(hold)).state).toBe("released");
  });

  test("a repository that is set to fail: exit 1, the hold stands", async () => {
    scene.resource.whenHeld = "fail";
    await scene.commit("a.txt", "a\n");
    const push = await scene.git("push", "origin", "main");
    expect(push.text).toContain(
      `! [remote rejected] main -> main (held as ${scene.onlyHold().id}, NOT pushed yet)`,
    );
    expect(push.code).toBe(1);
  });

  test("a repository whose pushes are denied says so, and fetching still works", async () => {
    scene.resource.push = "deny";
    await scene.commit("a.txt", "a\n");
    const push = await scene.git("push", "origin", "main");
    expect(push.text).toContain("The policy does not allow pushes to acme/shop. Fetching works.");
    expect(push.code).not.toBe(0);
    expect(scene.holds.all).toHaveLength(0);
    await scene.must("fetch", "origin");
  });

  test("a push from a shallow clone is held and released like any other", async () => {
    await startClient(scene.root, scene.root, ["clone", "--quiet", "--depth=1", scene.gateUrl, "shallow"])
      .ended;
    const shallow = join(scene.root, "shallow");
    writeFileSync(join(shallow, "a.txt"), "a\n");
    const run = async (...args: string[]): Promise<string> =>
      (await startClient(shallow, scene.root, args).ended).text;
    await run("add", "a.txt");
    await run("commit", "--quiet", "-m", "shallow");
    const id = (await run("rev-parse", "HEAD")).trim();
    expect(await run("push", "origin", "main")).toContain("main -> refs/held/H-");
    expect((await scene.approve(scene.onlyHold())).state).toBe("released");
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
  });

  test("a large push is received, held and released whole", async () => {
    const random = Buffer.from(Array.from({ length: 3_000_000 }, () => Math.floor(Math.random() * 256)));
    const id = await scene.commit("big.bin", random);
    await scene.must("push", "origin", "main");
    const hold = scene.onlyHold();
    expect(hold.card.undrawn).toEqual([
      { what: "big.bin", bytes: random.length, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
    expect((await scene.approve(hold)).state).toBe("released");
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
  });
});

describe("decided", () => {
  const decideDuringPush = async (
    decide: (hold: Hold) => unknown,
  ): Promise<{ code: number | null; text: string }> => {
    scene.holds.waitMs = 20_000;
    await scene.commit("a.txt", "a\n");
    const { ended } = scene.start("push", "origin", "main");
    await decide(await scene.holds.nextOpened());
    return ended;
  };

  test("approved while the client waits: an ordinary push, the tracking branch moves", async () => {
    const push = await decideDuringPush((hold) => scene.approve(hold));
    expect(push.code).toBe(0);
    expect(push.text).toMatch(/[0-9a-f]+\.\.[0-9a-f]+ {2}main -> main/);
    expect((await scene.must("rev-parse", "origin/main")).trim()).toBe(
      scene.upstream.refs()["refs/heads/main"],
    );
  });

  test("rejected while the client waits: the reviewer's words are the reason", async () => {
    const push = await decideDuringPush((hold) =>
      scene.holds.move(hold.id, { state: "rejected", words: "Please add\na test first." }),
    );
    expect(push.code).toBe(1);
    expect(push.text).toContain(
      "! [remote rejected] main -> main (rejected by the reviewer: Please add a test first.)",
    );
  });

  test("approved but failed upstream: the client hears why", async () => {
    const push = await decideDuringPush(async (hold) => {
      await scene.must("push", "--quiet", "--force", scene.upstream.dir, "HEAD~2:refs/heads/main");
      await scene.approve(hold);
    });
    expect(push.code).toBe(1);
    expect(push.text).toContain("has moved upstream meanwhile");
  });
});

describe("superseded", () => {
  test("G10: a fast-forward of a pending push replaces it, and one approval releases the newest ids (invariant 5)", async () => {
    await scene.commit("a.txt", "a\n");
    await scene.must("push", "origin", "main");
    const first = scene.onlyHold();
    const id = await scene.commit("b.txt", "b\n");
    const push = await scene.must("push", "origin", "main");
    const second = scene.onlyHold();
    expect(second.supersedes).toBe(first.id);
    expect(first.state).toBe("superseded");
    expect(push).toContain(`It replaces ${first.id}, which was still waiting.`);
    expect(second.card.title).toBe("atlas wants to push 2 commits to acme/shop main");
    await scene.approve(second);
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
  });

  test("G10: other commits to the same ref are a hold of their own; the first releases only what it showed", async () => {
    const id = await scene.commit("a.txt", "a\n");
    await scene.must("push", "origin", "main");
    const first = scene.onlyHold();
    await scene.must("reset", "--quiet", "--hard", "HEAD~1");
    await scene.commit("evil.txt", "evil\n");
    await scene.must("push", "origin", "main");
    const second = scene.holds.all.find((hold) => hold.id !== first.id);
    expect(second?.supersedes).toBeNull();
    expect(second?.actionDigest).not.toBe(first.actionDigest);
    expect((await scene.approve(first)).state).toBe("released");
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
    // The other one was shown against a main that is no more.
    expect(second && (await scene.approve(second))).toMatchObject({ state: "failed" });
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
  });

  test("after an approval the next push starts where the released one ended", async () => {
    const one = await scene.commit("a.txt", "a\n");
    await scene.must("push", "origin", "main");
    await scene.approve(scene.onlyHold());
    const two = await scene.commit("b.txt", "b\n");
    await scene.must("push", "origin", "main");
    expect(scene.onlyHold().action).toMatchObject({
      updates: [{ old: one, new: two, verb: "fast-forward" }],
    });
    await scene.approve(scene.onlyHold());
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(two);
  });
});

test("a push right after an approval waits for the release and starts from it", async () => {
  const one = await scene.commit("a.txt", "a\n");
  await scene.must("push", "origin", "main");
  const first = scene.onlyHold();
  scene.holds.move(first.id, { state: "approved" });
  await scene.commit("b.txt", "b\n");
  const { ended } = scene.start("push", "origin", "main");
  await new Promise((resolve) => setTimeout(resolve, 200));
  await scene.approve(first);
  expect((await ended).code).toBe(0);
  expect(scene.onlyHold().action).toMatchObject({ updates: [{ old: one }] });
});

describe("kept", () => {
  test("what is held is in the mirror under the hold's id and survives a restart of the surface (invariant 7)", async () => {
    const id = await scene.commit("a.txt", "a\n");
    await scene.must("push", "origin", "main");
    const hold = scene.onlyHold();
    await scene.restartSurface();
    expect((await scene.surface.views.view(hold)).commits[0]?.id).toBe(id);
    expect((await scene.approve(hold)).state).toBe("released");
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
  });

  test("D1: what a killed gate left in a mirror (locks, half packs) does not stop the next push (invariant 7)", async () => {
    const id = await scene.commit("a.txt", "a\n");
    await scene.must("push", "origin", "main");
    const hold = scene.onlyHold();
    const mirror = join(scene.folder, "mirrors", scene.caller.organization, `${scene.resource.id}.git`);
    for (const path of [
      "packed-refs.lock",
      "refs/heads/main.lock",
      `refs/held/${hold.id}/0/new.lock`,
      "objects/pack/tmp_pack_x",
    ])
      writeFileSync(join(mirror, path), "");
    mkdirSync(join(mirror, "objects/tmp_objdir-incoming-x"));
    await scene.restartSurface();
    await scene.commit("b.txt", "b\n");
    await scene.must("push", "origin", "main");
    expect(scene.onlyHold().supersedes).toBe(hold.id);
    expect((await scene.surface.views.view(hold)).commits[0]?.id).toBe(id);
    expect(existsSync(join(mirror, "objects/tmp_objdir-incoming-x"))).toBe(false);
  });

  test("held refs are not offered to clients, and git leaves nothing behind but the mirror", async () => {
    await scene.commit("a.txt", "a\n");
    await scene.must("push", "origin", "main");
    const offered = await fetch(`${scene.gateUrl}/info/refs?service=git-receive-pack`).then((answer) =>
      answer.text(),
    );
    expect(offered).toContain("refs/heads/main");
    expect(offered).not.toContain("refs/held");
    const mirror = join(scene.folder, "mirrors", scene.caller.organization, `${scene.resource.id}.git`);
    await settled(scene, () => readdirSync(join(mirror, "scratch")).length === 0);
    expect(readdirSync(join(mirror, "objects")).filter((name) => name.startsWith("tmp_objdir"))).toEqual([]);
    expect(existsSync(join(mirror, "FETCH_HEAD"))).toBe(false);
  });
});
