/** Attacks with bytes and sizes (G15, G16, G18, G28, G30): over every limit, and what git would not send. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { head, packet, post, pushed, rawObject, refusal } from "./testing/agent.ts";
import { gitEnvironment, startClient } from "./testing/client.ts";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.stop());
const again = async (options: Parameters<typeof openScene>[0]): Promise<void> => {
  await scene.stop();
  scene = await openScene(options);
};

describe("limits (invariant 12)", () => {
  test.each([
    ["refs", { refsMax: 2 }, ["main:a", "main:b", "main:c"], "it has 3 refs; the limit is 2"],
    ["commits", { commitsMax: 2 }, ["main"], "it has more than 2 new commits"],
    ["files", { filesMax: 2 }, ["main"], "it changes 3 files; the limit is 2"],
    ["path", { pathBytesMax: 5 }, ["main"], "the limit is 5 bytes"],
    ["objects", { objectsMax: 4 }, ["main"], "objects; the limit is 4"],
    ["object", { objectBytesMax: 4000 }, ["main"], "the limit is 4000 bytes for one object"],
    ["inflated", { inflatedBytesMax: 4000 }, ["main"], "bytes when unpacked; the limit is 4000 bytes"],
    ["message", { commitBytesMax: 100 }, ["main"], "the limit is 100 bytes for its message and headers"],
    ["undrawn", { drawnFileBytesMax: 1, undrawnMax: 2 }, ["main"], "more than 2 files in it cannot be drawn"],
  ])("G18: over the limit of %s, the client hears which", async (_name, limits, refs, words) => {
    await again({ limits });
    for (const index of [1, 2, 3]) await scene.commit(`file-${index}.txt`, "x".repeat(5000 + index));
    expect(await refusal(scene, "origin", ...refs)).toContain(words);
  });

  test("G18: a pack over its limit", async () => {
    await again({ limits: { packBytesMax: 10_000 } });
    await scene.commit(
      "big.bin",
      Buffer.from(Array.from({ length: 40_000 }, () => Math.floor(Math.random() * 256))),
    );
    expect(await refusal(scene, "origin", "main")).toContain("pack exceeds maximum allowed size");
  });

  test("G18: an octopus with too many arms", async () => {
    await again({ limits: { parentsMax: 2 } });
    const tree = await head(scene, "HEAD^{tree}");
    const arms: string[] = [];
    for (const name of ["a", "b", "c"])
      arms.push("-p", (await scene.must("commit-tree", tree, "-p", "HEAD", "-m", name)).trim());
    const octopus = (await scene.must("commit-tree", tree, ...arms, "-m", "octopus")).trim();
    expect(await refusal(scene, "origin", `${octopus}:refs/heads/main`)).toContain(
      "has 3 parents; the limit is 2",
    );
  });

  test("G16: a small pack with a large object is refused before it enters the mirror", async () => {
    await again({ limits: { objectBytesMax: 1_000_000 } });
    await scene.commit("bomb.txt", Buffer.alloc(50_000_000));
    expect(await refusal(scene, "origin", "main")).toContain(
      "a blob of 50000000 bytes; the limit is 1000000 bytes for one object",
    );
    const mirror = join(scene.folder, "mirrors", scene.caller.organization, `${scene.resource.id}.git`);
    expect(readdirSync(join(mirror, "objects")).filter((name) => name.startsWith("tmp_objdir"))).toEqual([]);
    expect(() =>
      execFileSync(
        "git",
        [
          "--git-dir",
          mirror,
          "cat-file",
          "-e",
          execFileSync("git", ["rev-parse", "HEAD"], { cwd: scene.work, encoding: "utf8" }).trim(),
        ],
        { stdio: "ignore" },
      ),
    ).toThrow(/Command failed/);
  });

  test("a workstation has only so many pushes under way", async () => {
    await again({ limits: { pushesPerWorkstationMax: 1 } });
    scene.holds.waitMs = 20_000;
    await scene.commit("a.txt", "a\n");
    const first = scene.start("push", "origin", "main");
    const hold = await scene.holds.nextOpened();
    const second = await scene.git("push", "origin", "main:other");
    expect(second.text).toContain("There are too many pushes of this workstation under way: the limit is 1");
    expect(second.code).not.toBe(0);
    scene.holds.move(hold.id, { state: "rejected", words: "no" });
    await first.ended;
  });
});

describe("bytes that are not what git sends", () => {
  test("G15: a pack that builds on objects which nobody has is refused", async () => {
    const tree = rawObject(
      scene,
      "tree",
      Buffer.concat([Buffer.from("100644 a\0"), Buffer.from("11".repeat(20), "hex")]),
    );
    const id = (await scene.must("commit-tree", tree, "-p", "HEAD", "-m", "missing")).trim();
    const pack = execFileSync("git", ["pack-objects", "--stdout", "--quiet"], {
      cwd: scene.work,
      input: `${id}\n${tree}\n`,
      env: gitEnvironment(scene.root),
    });
    const command = `${await head(scene)} ${id} refs/heads/main\0 report-status side-band-64k`;
    const answer = await post(scene, Buffer.concat([Buffer.from(`${packet(command)}0000`), pack]));
    expect(answer).toMatch(/missing necessary objects|unresolved|did not receive expected object/);
    expect(scene.holds.all).toHaveLength(0);
  });

  test("G15: a delta against a base that the gate lacks is refused", async () => {
    const base = Buffer.from("22".repeat(20), "hex");
    const delta = deflateSync(Buffer.from([1, 1, 1, 0x61]));
    const body = Buffer.concat([
      Buffer.from("PACK"),
      Buffer.from([0, 0, 0, 2, 0, 0, 0, 1, 0x74]),
      base,
      delta,
    ]);
    const pack = Buffer.concat([body, createHash("sha1").update(body).digest()]);
    const command = `${await head(scene)} ${"33".repeat(20)} refs/heads/main\0 report-status side-band-64k`;
    expect(await post(scene, Buffer.concat([Buffer.from(`${packet(command)}0000`), pack]))).toMatch(
      /unpack|unresolved/,
    );
    expect(scene.holds.all).toHaveLength(0);
  });

  test.each([
    ["noise", "nonsense"],
    ["an empty body", ""],
    [
      "a command without a pack",
      packet(`${"0".repeat(40)} ${"1".repeat(40)} refs/heads/x\0 report-status`) + "0000",
    ],
    [
      "a pack that is noise",
      `${packet(`${"0".repeat(40)} ${"1".repeat(40)} refs/heads/x\0 report-status`)}0000PACKnonsense`,
    ],
    ["a wrong length", "ffff"],
    [
      "a ref that leaves the folder",
      packet(`${"0".repeat(40)} ${"1".repeat(40)} refs/heads/../../x\0 report-status`) + "0000",
    ],
  ])("malformed: %s", async (_name, body) => {
    await post(scene, body);
    await scene.commit("after.txt", "the gate goes on\n");
    expect(scene.holds.all).toHaveLength(0);
    await pushed(scene);
  });

  test("G28: a compressed body that becomes too large is cut off", async () => {
    await again({ limits: { packBytesMax: 100_000 } });
    await post(scene, gzipSync(Buffer.alloc(50_000_000)), { "content-encoding": "gzip" });
    await post(scene, "x", { "content-encoding": "br" }).then((text) =>
      expect(text).toContain("encoded in another way than gzip"),
    );
    expect(scene.holds.all).toHaveLength(0);
  });

  test("G28: a push by hand, without asking for the refs first and compressed, is held like any other", async () => {
    const id = await scene.commit("a.txt", "a\n");
    const pack = execFileSync("git", ["pack-objects", "--stdout", "--quiet", "--revs"], {
      cwd: scene.work,
      input: `${id}\n^${id}~1\n`,
      env: gitEnvironment(scene.root),
    });
    const command = `${await head(scene, "HEAD~1")} ${id} refs/heads/main\0 report-status-v2 side-band-64k`;
    const answer = await post(scene, gzipSync(Buffer.concat([Buffer.from(`${packet(command)}0000`), pack])), {
      "content-encoding": "gzip",
    });
    expect(answer).toContain(`option refname refs/held/${scene.onlyHold().id}`);
  });

  test("a client that would take a held push for a pushed one is told no; the hold stands", async () => {
    const id = await scene.commit("a.txt", "a\n");
    const pack = execFileSync("git", ["pack-objects", "--stdout", "--quiet", "--revs"], {
      cwd: scene.work,
      input: `${id}\n^${id}~1\n`,
      env: gitEnvironment(scene.root),
    });
    const command = `${await head(scene, "HEAD~1")} ${id} refs/heads/main\0 report-status side-band-64k`;
    const answer = await post(scene, Buffer.concat([Buffer.from(`${packet(command)}0000`), pack]));
    expect(answer).toContain(`ng refs/heads/main held as ${scene.onlyHold().id}, NOT pushed yet`);
  });

  test("old ids that are not upstream's are refused", async () => {
    const id = await scene.commit("a.txt", "a\n");
    const pack = execFileSync("git", ["pack-objects", "--stdout", "--quiet", "--revs"], {
      cwd: scene.work,
      input: `${id}\n`,
      env: gitEnvironment(scene.root),
    });
    const command = `${"0".repeat(40)} ${id} refs/heads/main\0 report-status-v2 side-band-64k`;
    expect(await post(scene, Buffer.concat([Buffer.from(`${packet(command)}0000`), pack]))).toContain(
      "refs/heads/main has moved upstream meanwhile",
    );
    expect(scene.holds.all).toHaveLength(0);
  });

  test("G30: a client with another object format is refused", async () => {
    const other = join(scene.root, "sha256");
    execFileSync("git", ["init", "--quiet", "--object-format=sha256", other]);
    writeFileSync(join(other, "a"), "a");
    const run = (...args: string[]): string =>
      execFileSync("git", args, {
        cwd: other,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        env: gitEnvironment(scene.root),
      });
    run("add", "a");
    run("commit", "--quiet", "-m", "a");
    const push = await startClient(other, scene.root, ["push", scene.gateUrl, "HEAD:refs/heads/x"]).ended;
    expect(push.text).toMatch(
      /the receiving end does not support this repository's hash algorithm|mismatched algorithms/,
    );
    expect(push.code).not.toBe(0);
    rmSync(other, { recursive: true });
  });
});
