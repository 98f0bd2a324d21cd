// Attacks of the threat catalogue on the way out, each run for real on the workstation's socket and named by its id.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTestAuthority } from "../../net/testing/certificates.ts";
import { rawTls } from "../../net/testing/tunnel.ts";
import { startUpstream } from "../../net/testing/world.ts";
import { type EgressWorld, REGISTRY, startEgressWorld } from "./testing/egress-world.ts";

let world: EgressWorld;
beforeEach(async () => {
  world = await startEgressWorld();
});
afterEach(async () => await world.stop());

describe("H38: a malicious upstream", () => {
  const answerOf = async (): Promise<string> =>
    await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: close\r\n\r\n`,
    );

  test.each([
    ["headers over the limit", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(70_000)}\r\n\r\n`],
    ["a NUL in a header", "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"],
    [
      "length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["no HTTP", "SSH-2.0-x\r\n\r\n"],
    ["1xx and then nothing", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000)],
    ["a reset", ""],
  ])("%s: 502, and the gate goes on", async (_name, bytes) => {
    world.listener = (request) => void request.socket.end(bytes);
    expect(await answerOf()).toMatch(/^HTTP\/1\.1 502 /);
    world.listener = (_request, response) => response.end("read");
    expect(await answerOf()).toMatch(/200 OK/);
  });

  test("cookies and other ways to the upstream stay here, hop-by-hop headers too", async () => {
    world.listener = (_request, response) =>
      response
        .writeHead(200, {
          "set-cookie": ["a=1", "b=2"],
          "alt-svc": 'h3=":443"',
          "proxy-authenticate": "Basic",
          connection: "close, x-hop",
          "x-hop": "1",
          "x-kept": "1",
        })
        .end();
    const answer = await answerOf();
    expect(answer).toMatch(/x-kept: 1/i);
    expect(answer).not.toMatch(/set-cookie|alt-svc|proxy-authenticate|x-hop/i);
  });

  test("an answer that breaks off is not made to look whole", async () => {
    world.listener = (request) =>
      void request.socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    expect(await answerOf()).not.toMatch(/0\r\n\r\n$/);
    world.listener = (request) => void request.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    expect(await answerOf()).toMatch(/content-length: 10\r\n[\s\S]*\r\n\r\nabc$/i);
  });
});

describe("T4: an upstream that does not prove who it is", () => {
  const answerOf = async (): Promise<string> =>
    await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: close\r\n\r\n`,
    );

  test.each([
    [
      "another host's certificate",
      async () => await world.upstreamAuthority.issue("other.example.com"),
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    [
      "an expired certificate",
      async () => await world.upstreamAuthority.issue(REGISTRY, { notAfter: new Date(Date.now() - 1000) }),
      "CERT_HAS_EXPIRED",
    ],
  ] as const)("%s", async (_name, issue, why) => {
    await world.secure.stop();
    world.secure = await startUpstream(() => undefined, await issue());
    const answer = await answerOf();
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).toContain(why);
  });

  test("a certificate of an unknown authority, whatever the environment says", async () => {
    await world.secure.stop();
    world.secure = await startUpstream(() => undefined, await (await makeTestAuthority()).issue(REGISTRY));
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect(await answerOf()).toMatch(/^HTTP\/1\.1 502 [\s\S]*did not prove who it is/);
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });
});
