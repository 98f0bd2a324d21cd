/** A malicious upstream (G33, G35, and what it may do to a gate): each one a real HTTP server, which real git talks to. */
import { readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hold, Outcome } from "../../core/ports.ts";
import { packet, pushed } from "./testing/agent.ts";
import { openScene, type Scene } from "./testing/scene.ts";

const ESCAPED = "\u001b[2J\u001b]0;owned\u0007\u009b31m";
const CREDENTIAL = "s3cret-canary-41c7";
let scene: Scene;
const servers: Server[] = [];

beforeEach(async () => {
  scene = await openScene({ limits: SMALL });
});
afterEach(async () => {
  await scene.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A release, a look at the refs and a fetch are given up after these. */
const SMALL = { releaseMs: 800, lsRemoteMs: 4000, fetchMs: 15_000 };

/** Whoever comes here has been led astray: what they said of themselves. */
async function openTrap(): Promise<{ url: string; came: string[] }> {
  const came: string[] = [];
  const trap = createServer((request, response) => {
    came.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.end();
  });
  servers.push(trap);
  await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(trap.address() as AddressInfo).port}`, came };
}

const isPush = ({ method, url }: IncomingMessage): boolean =>
  method === "POST" && url?.endsWith("/git-receive-pack") === true;

function sideband(band: number, text: string): Buffer {
  const bytes = Buffer.concat([Buffer.from([band]), Buffer.from(text)]);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

/** What the upstream says to a push, whatever it did. */
function report(response: ServerResponse, lines: string[], before: Buffer = Buffer.alloc(0)): void {
  const inner = `${lines.map((line) => packet(line)).join("")}0000`;
  response.writeHead(200, { "content-type": "application/x-git-receive-pack-result" });
  response.end(Buffer.concat([before, sideband(1, inner), Buffer.from("0000")]));
}

async function heldPush(...refs: string[]): Promise<{ hold: Hold; id: string }> {
  const id = await scene.commit("a.txt", "a\n");
  return { hold: await pushed(scene, ...refs), id };
}

function onPush(answer: (response: ServerResponse) => void | Promise<void>): void {
  scene.upstream.intercept = (request, response) => {
    if (!isPush(request)) return false;
    request.resume().once("end", () => void answer(response));
    return true;
  };
}

async function takeIt(...refs: string[]): Promise<void> {
  await scene.must("push", "--quiet", scene.upstream.dir, ...refs);
}

/** What a terminal would obey, and what nobody but the upstream may know. */
const unfit = (text: string): string[] => text.replaceAll("\n", "").match(/\p{Cc}|s3cret/gu) ?? [];

/** After the attack the gate does its work for the same repository. */
async function goesOn(): Promise<void> {
  scene.upstream.intercept = null;
  await scene.commit("after.txt", "after\n");
  const text = await scene.must("push", "origin", "HEAD:refs/heads/after");
  expect(text).toContain("refs/held/");
}

describe("G33: led elsewhere at the moment of release", () => {
  test.each([
    ["the first request", "GET", 301],
    ["the push itself", "POST", 307],
  ])("%s is redirected: nobody follows, and the credential stays", async (_which, method, status) => {
    const trap = await openTrap();
    const { hold } = await heldPush();
    const before = scene.upstream.refs();
    scene.upstream.intercept = (request, response) => {
      if (request.method !== method || request.url?.includes("receive-pack") !== true) return false;
      request.resume();
      response.writeHead(status, { location: `${trap.url}${request.url}` }).end();
      return true;
    };
    expect((await scene.approve(hold)).state).toBe("failed");
    expect(trap.came).toEqual([]);
    expect(scene.upstream.refs()).toEqual(before);
  });

  test("an upstream that speaks the dumb protocol, and names another host for its objects, leads nobody there", async () => {
    const trap = await openTrap();
    await scene.commit("a.txt", "a\n");
    scene.upstream.intercept = (request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      if (path.endsWith("/info/refs")) response.end(`${"1".repeat(40)}\trefs/heads/main\n`);
      else if (path.endsWith("alternates")) response.end(`${trap.url}/other.git/objects\n`);
      else if (path.endsWith("/HEAD")) response.end("ref: refs/heads/main\n");
      else response.writeHead(404).end();
      return true;
    };
    for (const args of [
      ["fetch", "origin"],
      ["push", "origin", "main"],
    ])
      expect((await scene.git(...args)).code).not.toBe(0);
    expect(trap.came).toEqual([]);
    await goesOn();
  });
});

describe("lies about a release (invariant 6): the refs say what is true", () => {
  const says = async (lines: string[], before?: Buffer): Promise<Outcome> => {
    const { hold } = await heldPush();
    onPush((response) => report(response, lines, before));
    return scene.approve(hold);
  };

  test("G11: 'done', and it is not: unknown", async () => {
    expect(await says(["unpack ok\n", "ok refs/heads/main\n"])).toMatchObject({
      state: "unknown",
      words: "The upstream accepted the push but does not show it.",
    });
  });

  test.each([
    ["refused", ["unpack ok\n", "ng refs/heads/main not today\n"], undefined],
    [
      "refused, in words that git uses for a failure before anything is sent",
      ["unpack ok\n", "ng refs/heads/main no\n"],
      sideband(2, "fatal: unable to access: The requested URL returned error: 403\n"),
    ],
    [
      "not unpacked, in such words",
      ["unpack Could not resolve host\n", "ng refs/heads/main no\n"],
      undefined,
    ],
  ])("'%s', and it took it: released", async (_what, lines, before) => {
    const { hold, id } = await heldPush();
    onPush(async (response) => {
      await takeIt("main");
      report(response, lines, before);
    });
    expect(await scene.approve(hold)).toMatchObject({ state: "released", words: "The upstream has it." });
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
  });

  test("G7: 'refused', and it took one of two: unknown, which a person settles", async () => {
    const { hold } = await heldPush("main:one", "main:two");
    onPush(async (response) => {
      await takeIt("main:one");
      report(response, ["unpack ok\n", "ng refs/heads/one no\n", "ng refs/heads/two no\n"]);
    });
    expect((await scene.approve(hold)).state).toBe("unknown");
  });

  test.each([
    ["for another ref", ["unpack ok\n", "ok refs/heads/other\n"]],
    ["twice, and differently", ["unpack ok\n", "ng refs/heads/main no\n", "ok refs/heads/main\n"]],
    ["as another ref", ["unpack ok\n", "ok refs/heads/main\n", "option refname refs/heads/other\n"]],
    ["with other ids", ["unpack ok\n", "ok refs/heads/main\n", `option new-oid ${"1".repeat(40)}\n`]],
    ["in no format", ["nonsense\n", "\u0000\u0001\n"]],
  ])("a report %s is never taken for a release", async (_what, lines) => {
    expect((await says(lines)).state).not.toBe("released");
  });

  test("G35: a reason with line breaks and escapes stays one reason, and is text", async () => {
    const forged = `x\n!\tmain:refs/heads/${ESCAPED}\t[rejected] (stale info)`;
    const outcome = await says(
      ["unpack ok\n", `ng refs/heads/main ${forged} ${CREDENTIAL}\n`],
      sideband(2, `${ESCAPED}look ${CREDENTIAL}\n`),
    );
    expect(outcome.state).toBe("failed");
    expect(outcome.words).not.toContain("has moved upstream meanwhile");
    expect(outcome.words).toContain("look [removed]");
    expect(unfit(outcome.words + String(outcome.evidence?.["said"]))).toEqual([]);
  });
});

describe("never ends (invariant 12)", () => {
  const drip = (response: ServerResponse, what: Buffer): void => {
    const next = (): void => {
      if (!response.destroyed) response.write(what, () => setTimeout(next, 20));
    };
    next();
  };

  test.each([
    ["says nothing", () => undefined],
    [
      "goes on making progress",
      (response: ServerResponse) => {
        response.writeHead(200, { "content-type": "application/x-git-receive-pack-result" });
        drip(response, sideband(2, "thinking\r"));
      },
    ],
  ])("D1: a release whose upstream %s is ended, and then the refs say how it went", async (_what, answer) => {
    const { hold } = await heldPush();
    onPush(answer);
    expect(await scene.approve(hold)).toMatchObject({
      state: "failed",
      words: "The push was interrupted, and the upstream does not have it. Push again to ask anew.",
    });
    await goesOn();
  });

  const advertised = (refs: string): string =>
    `${packet("# service=git-upload-pack\n")}0000${packet(`${"1".repeat(40)} refs/heads/main\0side-band-64k ofs-delta\n`)}${refs}`;
  const advertise = (response: ServerResponse, rest: string): void => {
    response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" });
    response.write(advertised(rest));
  };
  const isRefs = ({ url }: IncomingMessage): boolean => url?.endsWith("?service=git-upload-pack") === true;
  /** As fast as the other end takes it. */
  const pour = (response: ServerResponse, what: Buffer): void => {
    const next = (): void => {
      if (!response.destroyed) response.write(what, (error) => (error ? undefined : setImmediate(next)));
    };
    next();
  };

  test("G18: a list of refs without end is given up at the memory that git may take", async () => {
    await scene.restartSurface({ gitMemoryBytesMax: 150_000_000 });
    const many = Buffer.from(
      Array.from({ length: 1000 }, (_, at) => packet(`${"2".repeat(40)} refs/heads/n${at}\n`)).join(""),
    );
    scene.upstream.intercept = (request, response) => {
      if (!isRefs(request)) return false;
      advertise(response, "");
      pour(response, many);
      return true;
    };
    await scene.commit("a.txt", "a\n");
    const push = await scene.git("push", "origin", "main");
    expect(push.code).not.toBe(0);
    expect(push.text).toContain("The upstream of acme/shop failed");
    expect(scene.holds.all).toHaveLength(0);
    await scene.restartSurface(SMALL);
    await goesOn();
  });

  test("G16: a pack without end is given up at its limit, and what came of it is removed", async () => {
    await scene.restartSurface({ fileBytesMax: 100_000 });
    scene.upstream.intercept = (request, response) => {
      if (isRefs(request)) {
        advertise(response, "0000");
        response.end();
        return true;
      }
      if (request.method !== "POST") return false;
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
      response.write(Buffer.concat([Buffer.from(packet("NAK\n")), sideband(1, "")]));
      response.write(endlessPackHead());
      pour(response, endlessPackBody());
      return true;
    };
    await scene.commit("a.txt", "a\n");
    const push = await scene.git("push", "origin", "main");
    expect(push.code).not.toBe(0);
    expect(push.text).toContain("it sends more than the gate keeps of a repository");
    const mirror = join(scene.folder, "mirrors", scene.caller.organization, `${scene.resource.id}.git`);
    expect(readdirSync(join(mirror, "objects/pack")).filter((name) => name.startsWith("tmp_"))).toEqual([]);
    await goesOn();
  });
});

/** One blob of a tebibyte, deflated as it is: the beginning of it. */
function endlessPackHead(): Buffer {
  const size = [0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
  const bytes = Buffer.from([...Buffer.from("PACK"), 0, 0, 0, 2, 0, 0, 0, 1, ...size, 0x78, 0x01]);
  return sidebandBytes(bytes);
}

/** A block of 32 KiB of noughts, not compressed, and not the last one (RFC 1951, 3.2.4). */
function endlessPackBody(): Buffer {
  return sidebandBytes(Buffer.concat([Buffer.from([0, 0x00, 0x80, 0xff, 0x7f]), Buffer.alloc(0x8000)]));
}

function sidebandBytes(bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from((bytes.length + 5).toString(16).padStart(4, "0")),
    Buffer.from([1]),
    bytes,
  ]);
}

test("G35: what an upstream says while the mirror is made equal reaches the agent without escapes", async () => {
  await scene.commit("a.txt", "a\n");
  scene.upstream.intercept = (request, response) => {
    if (request.method !== "POST") return false;
    response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
    response.end(`${packet(`ERR ${ESCAPED}go away ${CREDENTIAL}`)}`);
    return true;
  };
  const push = await scene.git("push", "origin", "main");
  expect(push.text).toContain("go away [removed]");
  // git itself shows a control character as a question mark.
  expect(unfit(push.text + scene.logged.join("\n"))).toEqual([]);
  await goesOn();
});

test.each(["0", "2"])(
  "G35: the name of a ref that a terminal may obey reaches no client (protocol version %s)",
  async (version) => {
    await takeIt("main:refs/heads/red\u009b31m", "main:refs/heads/caf\u00e9");
    const fetched = await scene.git(
      "-c",
      `protocol.version=${version}`,
      "-c",
      "core.quotePath=false",
      "fetch",
      "origin",
    );
    expect(fetched.code).toBe(0);
    expect(fetched.text).toContain("origin/caf\u00e9");
    expect(unfit(fetched.text)).toEqual([]);
    expect(fetched.text).not.toContain("31m");
  },
);
