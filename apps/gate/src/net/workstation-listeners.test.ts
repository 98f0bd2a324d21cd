import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  memoryLog,
  openWorkstation,
  ORGANIZATION,
  raw,
  type TestWorkstation,
  WORKSTATION,
} from "./testing/world.ts";
import type { PathHandler, WorkstationCaller } from "./workstation-handlers.ts";
import { createWorkstationListeners } from "./workstation-listeners.ts";

let workstation: TestWorkstation;
const seen: { caller: WorkstationCaller; url: string; headers: string[] }[] = [];
const log = memoryLog();

const echo: PathHandler = async (request, response, caller) => {
  seen.push({ caller, url: request.url ?? "", headers: request.rawHeaders });
  response.end("ok");
};

beforeEach(async () => {
  seen.length = 0;
  workstation = await openWorkstation({ nightgate: echo, git: echo, model: echo }, log, {
    requestHeaderBytesMax: 4096,
    workstationConnectionsMax: 20,
  });
});
afterEach(async () => await workstation.stop());

describe("who is calling", () => {
  test("invariant 1: the socket says who it is, and no header can say otherwise", async () => {
    await workstation.ask("/nightgate/environment", {
      headers: {
        "nightgate-workstation": "ws_000000000000",
        "x-forwarded-for": "203.0.113.1",
        "nightgate-organization": "org_000000000000",
      },
    });
    expect(seen[0]?.caller).toEqual({
      organization: ORGANIZATION,
      workstation: WORKSTATION,
      workstationName: "atlas",
      run: null,
    });
  });

  test("the run's hint is taken from its header, and no handler sees the header", async () => {
    await workstation.ask("/git/res_1/info/refs", { headers: { "Nightgate-Run": "run_0123456789ab" } });
    await workstation.ask("/git/res_1/info/refs", {
      headers: { "Nightgate-Run": "run_0123456789ab\u0009; drop" },
    });
    expect(seen.map((each) => each.caller.run)).toEqual(["run_0123456789ab", null]);
    expect(seen.flatMap((each) => each.headers).map((each) => each.toLowerCase())).not.toContain(
      "nightgate-run",
    );
  });
});

describe("where a request goes", () => {
  test("by path, in origin-form, in absolute-form and through CONNECT to the gate's own name", async () => {
    await workstation.ask("/model/res_1/v1/messages?beta=true");
    await workstation.raw(
      "GET http://gate.nightgate/git/res_1/x HTTP/1.1\r\nHost: gate.nightgate\r\nConnection: close\r\n\r\n",
    );
    const tunnelled = await workstation.raw(
      "CONNECT gate.nightgate:80 HTTP/1.1\r\nHost: gate.nightgate:80\r\n\r\nGET /nightgate/holds HTTP/1.1\r\nHost: gate.nightgate\r\nConnection: close\r\n\r\n",
    );
    expect(tunnelled).toMatch(/^HTTP\/1\.1 200 Connection Established\r\n\r\nHTTP\/1\.1 200 OK/);
    expect(seen.map((each) => each.url)).toEqual([
      "/model/res_1/v1/messages?beta=true",
      "/git/res_1/x",
      "/nightgate/holds",
    ]);
  });

  test("invariant 12, H39: CONNECT within CONNECT, which would go on for ever, is refused", async () => {
    const again = "CONNECT gate.nightgate:80 HTTP/1.1\r\nHost: gate.nightgate:80\r\n\r\n";
    const answer = await workstation.raw(again.repeat(3));
    expect(answer).toMatch(/^HTTP\/1\.1 200 Connection Established\r\n\r\nHTTP\/1\.1 400 /);
    expect(answer.match(/ 200 /g)).toHaveLength(1);
    expect(seen).toEqual([]);
  });

  test("a path that nobody serves, and a Host that is not the gate's", async () => {
    expect((await workstation.ask("/nightgatex")).status).toBe(404);
    const stray = await workstation.ask("/", { headers: { host: "intranet.example.com" } });
    expect(stray.status).toBe(400);
    expect(JSON.parse(stray.body)).toMatchObject({ code: "request.ambiguous" });
    expect(seen).toEqual([]);
  });
});

describe("H11: what can be read in two ways is refused", () => {
  const get = (lines: string): string =>
    `GET /nightgate/holds HTTP/1.1\r\nHost: gate.nightgate\r\n${lines}\r\n`;
  test.each([
    ["two Host lines", get("Host: gate.nightgate\r\n")],
    [
      "an absolute URL beside another Host",
      "GET http://gate.nightgate/nightgate/holds HTTP/1.1\r\nHost: example.com\r\n\r\n",
    ],
    [
      "length and chunks",
      "POST /git/r HTTP/1.1\r\nHost: gate.nightgate\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "two lengths",
      "POST /git/r HTTP/1.1\r\nHost: gate.nightgate\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    ],
    [
      "chunks that are not last",
      "POST /git/r HTTP/1.1\r\nHost: gate.nightgate\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    ],
    ["a folded header", get("X: a\r\n b\r\n")],
    ["a bare line feed", "GET /nightgate/holds HTTP/1.1\nHost: gate.nightgate\n\n"],
    ["a blank in a header's name", get("X : a\r\n")],
    ["HTTP/0.9", "GET /nightgate/holds\r\n\r\n"],
    ["HTTP/2 out of the blue", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["no Host", "GET /nightgate/holds HTTP/1.1\r\n\r\n"],
    ["a NUL in a header", get("X: a\0b\r\n")],
    ["more header than the limit", get(`X: ${"a".repeat(5000)}\r\n`)],
  ])("%s", async (_name, bytes) => {
    const answer = await workstation.raw(bytes, /\r\n\r\n/);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(seen).toEqual([]);
  });
});

describe("limits", () => {
  test("H39: connections beyond the workstation's limit are dropped, and the others go on", async () => {
    const idle = Array.from({ length: 40 }, () => connect(workstation.socketPath));
    for (const socket of idle) socket.on("error", () => socket.destroy());
    const dropped = await Promise.all(
      idle
        .slice(20)
        .map(async (socket) => await new Promise((resolve) => socket.once("close", () => resolve(true)))),
    );
    expect(dropped).toHaveLength(20);
    for (const socket of idle) socket.destroy();
    await expect
      .poll(
        async () =>
          await workstation.raw("GET /nightgate/holds HTTP/1.1\r\nHost: gate.nightgate\r\n\r\n", /ok$/),
      )
      .toMatch(/200 OK/);
  });

  test("a socket's path that Linux cannot bind is named before anything is made", async () => {
    const listeners = createWorkstationListeners({
      folder: `/tmp/${"x".repeat(100)}`,
      handlers: { nightgate: echo, git: echo, model: echo, forward: echo, connect: async () => undefined },
      log,
    });
    await expect(
      listeners.open({ organization: ORGANIZATION, workstation: WORKSTATION, workstationName: "a" }),
    ).rejects.toMatchObject({
      code: "socket.path-too-long",
    });
  });

  test("a workstation's id that is a path is refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ng-edge-"));
    const listeners = createWorkstationListeners({
      folder,
      handlers: { nightgate: echo, git: echo, model: echo, forward: echo, connect: async () => undefined },
      log,
    });
    await expect(
      listeners.open({ organization: ORGANIZATION, workstation: "../etc", workstationName: "a" }),
    ).rejects.toThrow(/Invalid string/);
    rmSync(folder, { recursive: true });
  });
});

test("C4: the folders let a mapped user through to its own socket, and list nothing else", () => {
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  expect(mode(workstation.socketPath)).toBe("666");
  expect(mode(dirname(workstation.socketPath))).toBe("755");
  expect(mode(dirname(dirname(workstation.socketPath)))).toBe("711");
});

test("closing cuts what is open and removes the socket; opening again works", async () => {
  const socket = connect(workstation.socketPath);
  const cut = raw(socket, "");
  await new Promise((resolve) => socket.once("connect", resolve));
  await workstation.listeners.close(WORKSTATION);
  await cut;
  await expect(workstation.ask("/nightgate/holds")).rejects.toThrow(/ENOENT/);
  await workstation.listeners.open({
    organization: ORGANIZATION,
    workstation: WORKSTATION,
    workstationName: "atlas",
  });
  expect((await workstation.ask("/nightgate/holds")).status).toBe(200);
});

test("invariant 10: after a restart of the gate a running container finds the new socket in the folder that it has mounted", async () => {
  const folder = dirname(workstation.socketPath);
  const mounted = statSync(folder).ino;
  await workstation.listeners.stop();
  expect(existsSync(workstation.socketPath)).toBe(false);
  await workstation.listeners.open({
    organization: ORGANIZATION,
    workstation: WORKSTATION,
    workstationName: "atlas",
  });
  expect(statSync(folder).ino).toBe(mounted);
  expect((await workstation.ask("/nightgate/holds")).status).toBe(200);
});
