/** Attacks with requests that git does not make (G28), written on the socket by hand: what comes of them is what real git makes of the body. */
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { head, packet, pushed } from "./testing/agent.ts";
import { gitEnvironment } from "./testing/client.ts";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
let body: Buffer;
let id: string;
beforeEach(async () => {
  scene = await openScene();
  id = await scene.commit("a.txt", "a\n");
  const pack = execFileSync("git", ["pack-objects", "--stdout", "--quiet", "--revs"], {
    cwd: scene.work,
    input: `${id}\n^${id}~1\n`,
    env: gitEnvironment(scene.root),
  });
  const command = `${await head(scene, "HEAD~1")} ${id} refs/heads/main\0 report-status-v2 side-band-64k`;
  body = Buffer.concat([Buffer.from(`${packet(command)}0000`), pack]);
});
afterEach(() => scene.stop());

const PUSH = "content-type: application/x-git-receive-pack-request";

/** Sends a POST with these headers, then the parts, and answers all that comes back until the gate hangs up. */
async function raw(headers: string[], ...parts: Buffer[]): Promise<string> {
  const { hostname, port, pathname } = new URL(scene.gateUrl);
  const socket = connect(Number(port), hostname);
  const lines = [
    `POST ${pathname}/git-receive-pack HTTP/1.1`,
    "host: gate.nightgate",
    "connection: close",
    PUSH,
  ];
  socket.write(`${[...lines, ...headers].join("\r\n")}\r\n\r\n`);
  for (const part of parts) socket.write(part);
  let text = "";
  socket.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
  // What the gate does not want to read it hangs up on.
  socket.on("error", () => socket.destroy());
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
const LAST = Buffer.from("0\r\n\r\n");

describe("G28: the same push, said otherwise, is the same hold", () => {
  test.each<[string, () => [string[], ...Buffer[]]]>([
    [
      "in chunks of one byte",
      () => [["transfer-encoding: chunked"], ...[...body].map((byte) => chunk(Buffer.from([byte]))), LAST],
    ],
    [
      "in chunks and compressed",
      () => [["transfer-encoding: chunked", "content-encoding: gzip"], chunk(gzipSync(body)), LAST],
    ],
    [
      "expecting to be told to go on",
      () => [["expect: 100-continue", `content-length: ${body.length}`], body],
    ],
    [
      "over a newer protocol than pushes have",
      () => [["git-protocol: version=2:object-format=sha256", `content-length: ${body.length}`], body],
    ],
  ])("%s", async (_how, request) => {
    expect(await raw(...request())).toContain("option refname refs/held/");
    expect(scene.onlyHold().action).toMatchObject({ updates: [{ ref: "refs/heads/main", new: id }] });
  });
});

describe("G28: what is not one push is none", () => {
  test.each<[string, () => [string[], ...Buffer[]]]>([
    ["two lengths", () => [[`content-length: ${body.length}`, "content-length: 3"], body]],
    [
      "a length and chunks",
      () => [[`content-length: ${body.length}`, "transfer-encoding: chunked"], chunk(body), LAST],
    ],
    [
      "compressed twice",
      () => [
        ["content-encoding: gzip, gzip", `content-length: ${gzipSync(gzipSync(body)).length}`],
        gzipSync(gzipSync(body)),
      ],
    ],
    ["compressed in name only", () => [["content-encoding: gzip", `content-length: ${body.length}`], body]],
    [
      "compressed, and cut off",
      () => [
        ["content-encoding: gzip", `content-length: ${gzipSync(body).length - 9}`],
        gzipSync(body).subarray(0, -9),
      ],
    ],
    ["a wrong size of a chunk", () => [["transfer-encoding: chunked"], Buffer.from("zz\r\n"), body, LAST]],
  ])("%s", async (_how, request) => {
    const answer = await raw(...request());
    expect(answer).not.toContain("option refname refs/held/");
    expect(scene.holds.all).toHaveLength(0);
    await pushed(scene);
  });
});

test("G28: a push behind a push is never read as one of its own", async () => {
  const other = Buffer.from(body.toString("latin1").replace("refs/heads/main", "refs/heads/evil"), "latin1");
  await raw([`content-length: ${body.length + other.length}`], body, other);
  // git takes the first, or nothing, by how the bytes arrive.
  const refs = scene.holds.all.flatMap(({ action }) => (action.kind === "git.push" ? action.updates : []));
  expect(refs.filter(({ ref }) => ref !== "refs/heads/main")).toEqual([]);
  await scene.must("push", "origin", "main");
  expect(scene.onlyHold().action).toMatchObject({ updates: [{ ref: "refs/heads/main", new: id }] });
});
