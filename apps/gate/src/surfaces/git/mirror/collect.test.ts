/** What goes from a mirror, and above all what does not (G32). */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Hold } from "../../../core/ports.ts";
import { pushed, viewOf } from "../testing/agent.ts";
import { lfsHost } from "../testing/lfs-host.ts";
import { openScene, type Scene } from "../testing/scene.ts";
import { createReceiving } from "./receiving.ts";

let scene: Scene;

beforeEach(async () => {
  // Everything that may go goes at once.
  const limits = { heldKeptMs: 0, lfsUnclaimedMs: -60_000, unreachableKeptMs: -60_000, mirrorPacksMax: 0 };
  scene = await openScene({ limits });
});
afterEach(() => scene.stop());

const mirror = (): string =>
  join(scene.folder, "mirrors", scene.caller.organization, `${scene.resource.id}.git`);
const inMirror = (...args: string[]): string =>
  execFileSync("git", args, { cwd: mirror(), encoding: "utf8", env: { PATH: process.env["PATH"] } }).trim();
const end = (hold: Hold, state: "rejected" | "released"): Hold =>
  scene.holds.move(hold.id, { state, endedAt: new Date(Date.now() - 1000) });

test("G32: what ended goes, what waits stays whole, and is released after it (invariant 7)", async () => {
  await scene.commit("one.txt", "one");
  const rejected = await pushed(scene, "HEAD:refs/heads/one");
  const gone = await scene.must("rev-parse", "HEAD");
  end(rejected, "rejected");
  await scene.must("reset", "--quiet", "--hard", "HEAD~1");
  await scene.commit("two.txt", "two");
  const pending = await pushed(scene, "HEAD:refs/heads/two");
  await scene.surface.collect();
  expect(scene.logged.filter((line) => line.includes("could not be tidied"))).toEqual([]);
  expect(inMirror("for-each-ref", "--format=%(refname)", "refs/held/")).not.toContain(rejected.id);
  expect(() => inMirror("cat-file", "-e", gone.trim())).toThrow("Command failed");
  expect(readdirSync(join(mirror(), "objects/pack")).filter((name) => name.endsWith(".pack"))).toHaveLength(
    1,
  );
  expect((await viewOf(scene, pending)).files.map(({ path }) => path)).toEqual(["two.txt"]);
  expect((await scene.approve(pending)).state).toBe("released");
  await expect(viewOf(scene, rejected)).rejects.toThrow("is not kept any more");
});

test("Git LFS objects go with the holds that named them, or when no push names them", async () => {
  lfsHost(scene.upstream);
  const put = async (): Promise<{ oid: string; bytes: Buffer }> => {
    const bytes = randomBytes(1000);
    const oid = createHash("sha256").update(bytes).digest("hex");
    const url = `${scene.gateUrl}/info/lfs/objects/${oid}/${bytes.length}`;
    expect((await fetch(url, { method: "PUT", body: new Uint8Array(bytes) })).status).toBe(200);
    return { oid, bytes };
  };
  const [named, unnamed] = [await put(), await put()];
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${named.oid}\nsize 1000\n`;
  await scene.commit("model.bin", pointer);
  const hold = await pushed(scene);
  expect(readdirSync(join(mirror(), "lfs")).toSorted()).toEqual([named.oid, unnamed.oid].toSorted());
  await scene.surface.collect();
  expect(readdirSync(join(mirror(), "lfs"))).toEqual([named.oid]);
  end(hold, "rejected");
  await scene.surface.collect();
  expect(readdirSync(join(mirror(), "lfs"))).toEqual([]);
});

test("the mirror of a repository that the policy has lost goes, but not while something in it is held", async () => {
  await scene.commit("one.txt", "one");
  const hold = await pushed(scene);
  scene.removed = true;
  await scene.surface.collect();
  expect(existsSync(mirror())).toBe(true);
  end(hold, "rejected");
  await scene.surface.collect();
  expect(existsSync(mirror())).toBe(false);
  // Back in the policy, it is made anew.
  scene.removed = false;
  await scene.commit("two.txt", "two");
  expect((await scene.approve(await pushed(scene))).state).toBe("released");
});

test("G32: nothing is collected under a push, and a push that comes meanwhile waits", async () => {
  const receiving = createReceiving();
  const order: string[] = [];
  const gate = Promise.withResolvers<null>();
  const push = receiving.receive(() => gate.promise);
  expect(await receiving.collect(async () => void order.push("never"))).toBe(false);
  gate.resolve(null);
  await push;
  const slow = Promise.withResolvers<null>();
  const collecting = receiving.collect(async () => {
    await slow.promise;
    order.push("collected");
  });
  const later = receiving.receive(async () => void order.push("received"));
  slow.resolve(null);
  expect(await collecting).toBe(true);
  await later;
  expect(order).toEqual(["collected", "received"]);
});
