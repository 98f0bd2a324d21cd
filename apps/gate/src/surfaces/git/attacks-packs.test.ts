/** Attacks with packs that no git makes (G15, G16, G18): chains of deltas without an end, objects that stand there twice, trees that hold each other. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GIT_LIMITS } from "./limits.ts";
import { head, packet, post, pushed, rawObject, textOf } from "./testing/agent.ts";
import { gitEnvironment } from "./testing/client.ts";
import { openScene, type Scene } from "./testing/scene.ts";

const [COMMIT, TREE, BLOB, OFS_DELTA] = [1, 2, 3, 6];
/** The blob that all deltas begin with; each writes another number into its last eight bytes. */
const FIRST = Buffer.alloc(40, 0x61);
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.stop());

/** One object of a pack (gitformat-pack): type and size, seven bits a byte, then what it takes to find its base, then its bytes. */
function entry(type: number, body: Buffer, base: Buffer = Buffer.alloc(0)): Buffer {
  const header: number[] = [];
  let left = body.length >> 4;
  let byte = (type << 4) | (body.length & 0x0f);
  for (; left > 0; left >>= 7) {
    header.push(byte | 0x80);
    byte = left & 0x7f;
  }
  return Buffer.concat([Buffer.from([...header, byte]), base, deflateSync(body)]);
}

/** How far back the base begins, as OFS_DELTA says it. */
function distance(bytes: number): Buffer {
  const said = [bytes & 0x7f];
  for (let left = bytes >> 7; left > 0; left >>= 7) said.unshift((--left & 0x7f) | 0x80);
  return Buffer.from(said);
}

const numbered = (n: number): Buffer => Buffer.concat([FIRST.subarray(0, 32), digits(n)]);
const digits = (n: number): Buffer => Buffer.from(String(n).padStart(8, "0"));
/** Of 40 bytes into 40: copy the first 32, then eight of its own. */
const deltaTo = (n: number): Buffer => Buffer.concat([Buffer.from([40, 40, 0x90, 32, 8]), digits(n)]);

/** A commit with the blob as its only file, pushed by hand in a pack of `blobs`, the commit and its tree. Answers what the gate said. */
async function pushPack(blobs: Buffer[], blob: Buffer): Promise<string> {
  const file = Buffer.from(rawObject(scene, "blob", blob), "hex");
  const tree = rawObject(scene, "tree", Buffer.concat([Buffer.from("100644 a\0"), file]));
  const id = (await scene.must("commit-tree", tree, "-p", "HEAD", "-m", "packed by hand")).trim();
  const bytesOf = (type: string, name: string): Buffer =>
    execFileSync("git", ["cat-file", type, name], { cwd: scene.work, env: gitEnvironment(scene.root) });
  const entries = [...blobs, entry(TREE, bytesOf("tree", tree)), entry(COMMIT, bytesOf("commit", id))];
  const header = Buffer.from([...Buffer.from("PACK"), 0, 0, 0, 2, 0, 0, 0, 0]);
  header.writeUInt32BE(entries.length, 8);
  const body = Buffer.concat([header, ...entries]);
  const pack = Buffer.concat([body, createHash("sha1").update(body).digest()]);
  const command = `${await head(scene)} ${id} refs/heads/main\0 report-status-v2 side-band-64k`;
  return post(scene, Buffer.concat([Buffer.from(`${packet(command)}0000`), pack]));
}

function chain(length: number): Buffer[] {
  const blobs = [entry(BLOB, FIRST)];
  for (let n = 1; n <= length; n += 1)
    blobs.push(entry(OFS_DELTA, deltaTo(n), distance(blobs.at(-1)?.length ?? 0)));
  return blobs;
}

test("G18: a chain of deltas as long as git makes them is unpacked and shown", async () => {
  expect(await pushPack(chain(200), numbered(200))).toContain("option refname refs/held/");
  const view = await scene.surface.views.view(scene.onlyHold());
  expect(textOf(view.files.find(({ path }) => path === "a"))).toBe(`+${numbered(200).toString()}`);
});

test("G18: a longer one, which would keep git busy with every look at it, is refused before anything looks", async () => {
  const length = GIT_LIMITS.deltaDepthMax + 1;
  expect(await pushPack(chain(length), numbered(length))).toContain(
    `its pack has a chain of ${length} deltas; the limit is ${GIT_LIMITS.deltaDepthMax}`,
  );
  expect(scene.holds.all).toHaveLength(0);
});

test("G15: an object that stands twice in a pack, as the base of its own base, is refused", async () => {
  const whole = entry(BLOB, FIRST);
  const one = entry(OFS_DELTA, deltaTo(1), distance(whole.length));
  // FIRST again, now from the one that was made from it.
  const back = Buffer.concat([Buffer.from([40, 40, 0x90, 32, 8]), FIRST.subarray(32)]);
  const answer = await pushPack([whole, one, entry(OFS_DELTA, back, distance(one.length))], numbered(1));
  expect(answer).toContain("appears twice in the pack");
  expect(scene.holds.all).toHaveLength(0);
  await scene.commit("after.txt", "the gate goes on\n");
  await pushed(scene);
});

test("G16, G18: trees that hold each other ten times over, ten deep, are ten thousand million files: refused, and not counted out", async () => {
  let inner = rawObject(scene, "blob", "boom\n");
  for (let level = 0; level < 10; level += 1) {
    const mode = level === 0 ? "100644" : "40000";
    const entries = Array.from({ length: 10 }, (_, at) => [
      Buffer.from(`${mode} f${at}\0`),
      Buffer.from(inner, "hex"),
    ]);
    inner = rawObject(scene, "tree", Buffer.concat(entries.flat()));
  }
  const id = (await scene.must("commit-tree", inner, "-p", "HEAD", "-m", "small")).trim();
  const push = await scene.git("push", "origin", `${id}:refs/heads/main`);
  expect(push.text).toContain(`it has more than ${GIT_LIMITS.treePathsMax} paths below one tree`);
  expect(push.code).not.toBe(0);
  expect(scene.holds.all).toHaveLength(0);
  await scene.commit("after.txt", "the gate goes on\n");
  await pushed(scene);
});
