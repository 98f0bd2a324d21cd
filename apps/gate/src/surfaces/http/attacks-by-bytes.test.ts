// Attacks of the threat catalogue on the way out, each run for real on the workstation's socket and named by its id.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTlsTunnel, rawTls } from "../../net/testing/tunnel.ts";
import { raw } from "../../net/testing/world.ts";
import { type EgressWorld, REGISTRY, startEgressWorld } from "./testing/egress-world.ts";

let world: EgressWorld;
beforeEach(async () => {
  world = await startEgressWorld();
});
afterEach(async () => await world.stop());

const nothingLeft = (): void => {
  expect(world.lookups).toEqual([]);
  expect(world.dialled).toEqual([]);
  expect(world.received).toEqual([]);
};

describe("H9: the second request on a tunnel", () => {
  test("is judged anew: another method, another Host, another workstation's policy", async () => {
    const socket = await openTlsTunnel(world.workstation.socketPath, REGISTRY, { ca: world.ca });
    const answer = await raw(
      socket,
      [
        `GET /1 HTTP/1.1\r\nHost: ${REGISTRY}\r\n\r\n`,
        `POST /2 HTTP/1.1\r\nHost: ${REGISTRY}\r\nContent-Length: 0\r\n\r\n`,
        `GET /3 HTTP/1.1\r\nHost: evil.example.net\r\n\r\n`,
        `GET https://evil.example.net/4 HTTP/1.1\r\nHost: ${REGISTRY}\r\n\r\n`,
        `GET https://evil.example.net/5 HTTP/1.1\r\nHost: evil.example.net\r\n\r\n`,
        `GET /6 HTTP/1.1\r\nHost: ${REGISTRY}:8443\r\n\r\n`,
        `GET https://${REGISTRY}/7 HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: close\r\n\r\n`,
      ].join(""),
    );
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map((each) => each[1])).toEqual([
      "200",
      "403",
      "400",
      "400",
      "400",
      "400",
      "200",
    ]);
    expect(world.received.map((each) => each.url)).toEqual(["/1", "/7"]);
  });

  test("a CONNECT inside a tunnel leads nowhere", async () => {
    const socket = await openTlsTunnel(world.workstation.socketPath, REGISTRY, { ca: world.ca });
    expect(
      await raw(socket, "CONNECT evil.example.net:443 HTTP/1.1\r\nHost: evil.example.net\r\n\r\n"),
    ).toMatch(/^HTTP\/1\.1 400 /);
    nothingLeft();
  });

  test("TLS to another name inside a tunnel is cut", async () => {
    await expect(
      openTlsTunnel(world.workstation.socketPath, REGISTRY, {
        ca: world.ca,
        servername: "evil.example.net",
        checkServerIdentity: () => undefined,
      })
        .then(async (socket) => await raw(socket, `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\n\r\n`))
        .then(
          (answer) => answer || "cut",
          () => "cut",
        ),
    ).resolves.toBe("cut");
    nothingLeft();
  });
});

describe("H11: framing that can be read in two ways", () => {
  const head = `Host: ${REGISTRY}\r\n`;
  test.each([
    ["CL.TE", `GET / HTTP/1.1\r\n${head}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG`],
    ["TE.TE", `GET / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n`],
    ["two lengths", `GET / HTTP/1.1\r\n${head}Content-Length: 0\r\nContent-Length: 5\r\n\r\nabcde`],
    ["a length that is no number", `GET / HTTP/1.1\r\n${head}Content-Length: +5\r\n\r\nabcde`],
    ["chunk without a size", `GET / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n`],
    ["a folded line", `GET / HTTP/1.1\r\n${head}X: a\r\n b\r\n\r\n`],
    ["bare line feeds", `GET / HTTP/1.1\nHost: ${REGISTRY}\n\n`],
    ["HTTP/0.9", "GET /\r\n\r\n"],
    ["a blank before the colon", `GET / HTTP/1.1\r\n${head}X : a\r\n\r\n`],
    ["two Hosts", `GET / HTTP/1.1\r\n${head}${head}\r\n`],
    ["a fragment", `GET /a#b HTTP/1.1\r\n${head}\r\n`],
    ["a path with bytes above ASCII", `GET /\xff HTTP/1.1\r\n${head}\r\n`],
    ["asterisk-form", `GET * HTTP/1.1\r\n${head}\r\n`],
  ])("%s", async (_name, bytes) => {
    const answer = await rawTls(world.workstation.socketPath, REGISTRY, world.ca, bytes, /\r\n\r\n/);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    nothingLeft();
  });

  test("a path that looks like an authority stays a path", async () => {
    await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET //evil.example.net/x HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
    );
    expect(world.received[0]).toMatchObject({ url: "//evil.example.net/x", headers: { host: REGISTRY } });
    expect(world.lookups).toEqual([REGISTRY]);
  });
});

describe("H12, H13: switching protocols", () => {
  test("an h2c upgrade is not followed, and HTTP/2 out of the blue is refused", async () => {
    const upgrade = await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
      /read/,
    );
    expect(upgrade).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(JSON.stringify(world.received[0]?.headers)).not.toMatch(/upgrade|http2/i);
    expect(
      await rawTls(
        world.workstation.socketPath,
        REGISTRY,
        world.ca,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        /\r\n\r\n/,
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("TLS speaks HTTP/1.1 and nothing else", async () => {
    const both = await openTlsTunnel(world.workstation.socketPath, REGISTRY, {
      ca: world.ca,
      ALPNProtocols: ["h2", "http/1.1"],
    });
    expect(both.alpnProtocol).toBe("http/1.1");
    both.destroy();
    await expect(
      openTlsTunnel(world.workstation.socketPath, REGISTRY, { ca: world.ca, ALPNProtocols: ["h2"] }),
    ).rejects.toThrow(/alert|closed/i);
  });

  test("a websocket is refused, also to a host that may be read", async () => {
    const answer = await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET /ws HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      /\}\n/,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*switching to websocket/);
    nothingLeft();
  });

  test("a 101 that an upstream makes up becomes a 502, and nothing flows", async () => {
    world.listener = (request) =>
      void request.socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\nraw bytes",
      );
    const answer = await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).not.toContain("raw bytes");
  });
});

describe("H16: reads that write", () => {
  test.each([
    ["a body with a length", "/", "Content-Length: 3\r\n", "abc"],
    ["a body in chunks", "/", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"],
    ["_method", "/x?a=1&_METHOD=DELETE", "", ""],
    ["a GraphQL mutation", "/graphql?query=%6dutation%20%7BdeleteAll%7D", "", ""],
  ])("%s", async (_name, path, header, body) => {
    const answer = await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET ${path} HTTP/1.1\r\nHost: ${REGISTRY}\r\n${header}Connection: close\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    nothingLeft();
  });

  test("headers that name another method do not get through", async () => {
    await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nX-HTTP-Method-Override: DELETE\r\nX-Method-Override: PUT\r\nConnection: close\r\n\r\n`,
    );
    expect(JSON.stringify(world.received[0]?.rawHeaders)).not.toMatch(/override/i);
  });
});

test("H31, H36: nothing that could sign in or identify goes to the upstream", async () => {
  await rawTls(
    world.workstation.socketPath,
    REGISTRY,
    world.ca,
    `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nAuthorization: Bearer canary\r\nCookie: canary=1\r\nProxy-Authorization: Basic canary\r\nX-Api-Key: canary\r\nNpm-Otp: canary\r\nX-Forwarded-For: canary\r\nNightgate-Run: run_0123456789ab\r\nX-Anything: canary\r\nConnection: close, X-Smuggled\r\nX-Smuggled: canary\r\nAccept: application/json\r\nUser-Agent: npm/11\r\n\r\n`,
  );
  expect(
    world.received[0]?.rawHeaders
      .filter((_, index) => index % 2 === 0)
      .map((name) => name.toLowerCase())
      .toSorted(),
  ).toEqual(["accept", "connection", "host", "user-agent"]);
  expect(JSON.stringify(world.received[0]?.rawHeaders)).not.toMatch(/canary|run_/);
});

describe("T6: TLS sessions", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "%s: of one name are not resumed at another",
    async (version) => {
      const options = { ca: world.ca, minVersion: version, maxVersion: version };
      const first = await openTlsTunnel(world.workstation.socketPath, REGISTRY, options);
      const sessions: Buffer[] = [];
      first.on("session", (session: Buffer) => sessions.push(session));
      await raw(first, `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: close\r\n\r\n`);
      const session = sessions.at(-1) ?? first.getSession();
      for (const host of ["a.files.example.com", "evil.example.net"]) {
        const elsewhere = await openTlsTunnel(world.workstation.socketPath, host, {
          ...options,
          ...(session ? { session } : {}),
        });
        expect(elsewhere.isSessionReused()).toBe(false);
        expect(elsewhere.getPeerCertificate().subjectaltname).toBe(`DNS:${host}`);
        elsewhere.destroy();
      }
    },
  );
});
