import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTlsTunnel, rawTls } from "../../net/testing/tunnel.ts";
import { raw } from "../../net/testing/world.ts";
import { type EgressWorld, REGISTRY, startEgressWorld } from "./testing/egress-world.ts";

let world: EgressWorld;
beforeEach(async () => {
  world = await startEgressWorld();
});
afterEach(async () => await world.stop());

const get = (path: string, host = REGISTRY, more = ""): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

describe("reads pass", () => {
  test("over TLS that the gate ends, with path and query byte for byte", async () => {
    const answer = await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      get("/@scope%2fpkg//x?a=%00&b=1"),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer).toMatch(/read/);
    expect(world.received[0]?.url).toBe("/@scope%2fpkg//x?a=%00&b=1");
    expect(world.received[0]?.headers.host).toBe(REGISTRY);
    expect(world.counted).toMatchObject([{ target: world.resources[0]?.id, verdict: "allow", bytesIn: 4 }]);
  });

  test("plain, as a proxy is asked, and through CONNECT to port 80", async () => {
    const absolute = await world.workstation.raw(get(`http://${REGISTRY}/debian/Release`));
    const tunnelled = await world.workstation.raw(
      `CONNECT ${REGISTRY}:80 HTTP/1.1\r\nHost: ${REGISTRY}:80\r\n\r\n${get("/debian/Packages.xz")}`,
    );
    expect(absolute).toMatch(/200 OK[\s\S]*read/);
    expect(tunnelled).toMatch(/200 Connection Established\r\n\r\nHTTP\/1\.1 200 OK[\s\S]*read/);
    expect(world.received.map((each) => each.url)).toEqual(["/debian/Release", "/debian/Packages.xz"]);
  });

  test("pipelined ones are answered in order (apt sends ten at a time)", async () => {
    world.listener = (request, response) => {
      const wait = request.url === "/1" ? 100 : 0;
      setTimeout(() => response.end(`<${request.url ?? ""}>`), wait);
    };
    const paths = ["/1", "/2", "/3", "/4"];
    const answer = await world.workstation.raw(
      `${paths
        .slice(0, -1)
        .map((path) => `GET http://${REGISTRY}${path} HTTP/1.1\r\nHost: ${REGISTRY}\r\n\r\n`)
        .join("")}${get(`http://${REGISTRY}/4`)}`,
    );
    expect([...answer.matchAll(/<(\/\d)>/g)].map((each) => each[1])).toEqual(paths);
  });

  test("large answers arrive whole, HEAD has none, ranges and conditions pass", async () => {
    const large = randomBytes(20 * 1024 * 1024);
    world.listener = (request, response) => {
      if (request.method === "HEAD") response.writeHead(200, { "content-length": "123456" }).end();
      else if (request.headers["if-none-match"]) response.writeHead(304).end();
      else if (request.headers.range) response.writeHead(206, { "content-range": "bytes 0-0/9" }).end("r");
      else response.end(large);
    };
    const whole = await rawTls(world.workstation.socketPath, REGISTRY, world.ca, get("/large"));
    const body = Buffer.from(whole, "latin1").subarray(whole.indexOf("\r\n\r\n") + 4);
    const sum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
    expect(sum(body)).toBe(sum(large));
    const head = await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      get("/x").replace("GET", "HEAD"),
    );
    expect(head).toMatch(/content-length: 123456\r\n[\s\S]*\r\n\r\n$/);
    expect(
      await rawTls(
        world.workstation.socketPath,
        REGISTRY,
        world.ca,
        get("/x", REGISTRY, "If-None-Match: a\r\n"),
      ),
    ).toMatch(/^HTTP\/1\.1 304 /);
    expect(
      await rawTls(
        world.workstation.socketPath,
        REGISTRY,
        world.ca,
        get("/x", REGISTRY, "Range: bytes=0-0\r\n"),
      ),
    ).toMatch(/^HTTP\/1\.1 206 [\s\S]*content-range: bytes 0-0\/9/);
  });

  test("a redirect is the client's to follow, and is judged like any other request", async () => {
    world.listener = (_request, response) =>
      response.writeHead(302, { location: "https://cdn.example.net/x" }).end();
    const answer = await rawTls(world.workstation.socketPath, REGISTRY, world.ca, get("/x"));
    expect(answer).toMatch(/^HTTP\/1\.1 302 [\s\S]*location: https:\/\/cdn\.example\.net\/x/);
    expect(world.received).toHaveLength(1);
  });

  test("an answer is read no faster than its client reads", async () => {
    let written = 0;
    world.listener = (_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const pump = (): void => {
        while (written < 512 * 1024 * 1024) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once("drain", pump);
            return;
          }
        }
      };
      pump();
    };
    const socket = await openTlsTunnel(world.workstation.socketPath, REGISTRY, { ca: world.ca });
    socket.write(get("/endless"));
    socket.pause();
    await expect.poll(() => written).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(32 * 1024 * 1024);
    socket.destroy();
  });
});

describe("everything else is refused with a sentence", () => {
  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])("%s to a registry", async (method) => {
    const answer = await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `${method} /-/npm/v1/security/advisories/bulk HTTP/1.1\r\nHost: ${REGISTRY}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    expect(answer).toMatch(
      /^HTTP\/1\.1 403 Refused by nightgate\r\ncontent-type: application\/problem\+json/,
    );
    expect(answer).toContain(`nightgate: ${method} to ${REGISTRY} is not allowed: it may be read`);
    expect(world.received).toEqual([]);
    expect(world.counted).toMatchObject([{ target: REGISTRY, verdict: "deny" }]);
  });

  test("a body that is being sent is read to its end, so that its client sees the answer, and the connection goes on", async () => {
    const socket = await openTlsTunnel(world.workstation.socketPath, REGISTRY, { ca: world.ca });
    const body = Buffer.alloc(3 * 1024 * 1024, "x").toString("latin1");
    const answer = await raw(
      socket,
      `PUT /pkg HTTP/1.1\r\nHost: ${REGISTRY}\r\nContent-Length: ${body.length}\r\n\r\n${body}${get("/after")}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*HTTP\/1\.1 200 OK[\s\S]*read/);
  });

  test("H6, invariant 8: a host that is not allowed is told so inside its tunnel, and nobody was asked for its name", async () => {
    for (const host of [
      "secret-data.evil.example.net",
      "example.com",
      "notregistry.example.com",
      "files.example.com",
      "a.registry.example.com",
    ]) {
      const answer = await rawTls(world.workstation.socketPath, host, world.ca, get("/", host));
      expect(answer).toMatch(/^HTTP\/1\.1 403 Refused by nightgate/);
      expect(answer).toContain(
        `nightgate: ${host} is not open to this workstation. Nothing was sent and its name was not looked up.`,
      );
    }
    await world.workstation.raw(get("http://exfil.example.net/"));
    expect(world.lookups).toEqual([]);
    expect(world.dialled).toEqual([]);
  });

  test("what the policy takes back or gives counts from the next request on", async () => {
    const socket = await openTlsTunnel(world.workstation.socketPath, "a.b.files.example.com", {
      ca: world.ca,
    });
    world.names["a.b.files.example.com"] = ["203.0.113.8"];
    const one = `GET / HTTP/1.1\r\nHost: a.b.files.example.com\r\n\r\n`;
    world.resources.length = 0;
    const seen = await raw(socket, one, /\}\n/);
    expect(seen).toMatch(/^HTTP\/1\.1 403 /);
  });

  test("an upstream that is away, has no name, or breaks off", async () => {
    world.names[REGISTRY] = [];
    expect(await rawTls(world.workstation.socketPath, REGISTRY, world.ca, get("/"))).toMatch(
      /502 [\s\S]*its name has no address/,
    );
    delete world.names[REGISTRY];
    expect(await rawTls(world.workstation.socketPath, REGISTRY, world.ca, get("/"))).toMatch(
      /502 [\s\S]*its name does not resolve/,
    );
    world.names[REGISTRY] = ["203.0.113.7"];
    await world.secure.stop();
    expect(await rawTls(world.workstation.socketPath, REGISTRY, world.ca, get("/"))).toMatch(
      /502 [\s\S]*it refuses the connection/,
    );
  });
});
