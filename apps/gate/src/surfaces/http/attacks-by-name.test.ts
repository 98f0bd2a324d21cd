// Attacks of the threat catalogue on the way out, each run for real on the workstation's socket and named by its id.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTlsTunnel, openTunnel, rawTls } from "../../net/testing/tunnel.ts";
import { httpResource, raw } from "../../net/testing/world.ts";
import { type EgressWorld, REGISTRY, startEgressWorld } from "./testing/egress-world.ts";

let world: EgressWorld;
beforeEach(async () => {
  world = await startEgressWorld();
});
afterEach(async () => await world.stop());

const connectHead = async (authority: string): Promise<string> => {
  const { socket, head } = await openTunnel(world.workstation.socketPath, authority);
  socket.destroy();
  return head;
};
const nothingLeft = (): void => {
  expect(world.lookups).toEqual([]);
  expect(world.dialled).toEqual([]);
  expect(world.received).toEqual([]);
};

describe("H1: addresses instead of names", () => {
  test.each([
    "127.0.0.1",
    "169.254.169.254",
    "203.0.113.7",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "127.1",
    "10.0.0.010",
    "1.2.3.4.5",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[fe80::1%25eth0]",
    "foo.0x7f",
    "a.b.127",
  ])("%s", async (host) => {
    expect(await connectHead(`${host}:443`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(
      await world.workstation.raw(
        `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1\.1 400 /);
    nothingLeft();
  });
});

describe("H2: bytes in the authority that parsers disagree about", () => {
  test.each([
    ["NUL", `${REGISTRY}\0.evil.example.net:443`],
    ["%00", `${REGISTRY}%00.evil.example.net:443`],
    ["user", `a@${REGISTRY}:443`],
    ["fragment", `${REGISTRY}#.evil.example.net:443`],
    ["backslash", `evil.example.net\\.${REGISTRY}:443`],
    ["slash", `${REGISTRY}/x:443`],
    ["question mark", `${REGISTRY}?x:443`],
    ["tab", `${REGISTRY}\t:443`],
    ["two ports", `${REGISTRY}:443:443`],
    ["no port", REGISTRY],
    ["port 0", `${REGISTRY}:0`],
    ["a large port", `${REGISTRY}:65979`],
    ["a signed port", `${REGISTRY}:+443`],
    ["underscore", `a_b.${REGISTRY}:443`],
    ["an empty label", `a..${REGISTRY}:443`],
    ["a hyphen first", `-a.${REGISTRY}:443`],
  ])("%s", async (_name, authority) => {
    expect(await connectHead(authority)).toMatch(/^HTTP\/1\.1 400 /);
    nothingLeft();
  });

  test("a second header smuggled in by CR and LF", async () => {
    const answer = await world.workstation.raw(
      `CONNECT ${REGISTRY}:443\rX: y HTTP/1.1\r\nHost: ${REGISTRY}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    nothingLeft();
  });
});

describe("H3: other ways to write a name", () => {
  test.each([
    "regıstry.example.com",
    "registry。example.com",
    "ⓡegistry.example.com",
    "registry.example.com.",
    "reg\u00adistry.example.com",
  ])("%s", async (host) => {
    expect(await connectHead(`${Buffer.from(host, "utf8").toString("latin1")}:443`)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    nothingLeft();
  });

  test("upper case is the same name", async () => {
    const socket = await openTlsTunnel(world.workstation.socketPath, "REGISTRY.Example.COM", {
      ca: world.ca,
      servername: REGISTRY,
    });
    expect(
      await raw(socket, "GET / HTTP/1.1\r\nHost: Registry.EXAMPLE.com\r\nConnection: close\r\n\r\n"),
    ).toMatch(/200 OK/);
    expect(world.received[0]?.headers.host).toBe(REGISTRY);
  });
});

describe("H4: a name that is allowed and leads inside", () => {
  test.each([
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.17.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fec0::1",
    "100::1",
  ])("%s, alone and among public addresses", async (address) => {
    for (const addresses of [[address], ["203.0.113.7", address], [address, "203.0.113.7"]]) {
      world.names[REGISTRY] = addresses;
      const answer = await rawTls(
        world.workstation.socketPath,
        REGISTRY,
        world.ca,
        `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*not on the public internet/);
    }
    expect(world.dialled).toEqual([]);
  });

  test("a name that changes between the check and the dial: what was checked is dialled, and nothing is asked twice", async () => {
    const answers = [["203.0.113.7"], ["127.0.0.1"]];
    Object.defineProperty(world.names, REGISTRY, { get: () => answers.shift() });
    await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: close\r\n\r\n`,
    );
    expect(world.lookups).toEqual([REGISTRY]);
    expect(world.dialled).toEqual(["203.0.113.7"]);
  });
});

describe("ports and tenants", () => {
  test("only 80 and 443 lead out, with the sentence in the answer to CONNECT", async () => {
    for (const port of [22, 25, 8080, 5432]) {
      const { socket, head } = await openTunnel(world.workstation.socketPath, `${REGISTRY}:${port}`);
      expect(head).toMatch(/^HTTP\/1\.1 403 Refused by nightgate/);
      socket.destroy();
    }
    nothingLeft();
  });

  test("invariant 9: a host that is open to another workstation is unknown here", async () => {
    world.resources[0] = httpResource([REGISTRY], { workstations: ["ws_000000000000"] });
    const answer = await rawTls(
      world.workstation.socketPath,
      REGISTRY,
      world.ca,
      `GET / HTTP/1.1\r\nHost: ${REGISTRY}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toContain(`${REGISTRY} is not open to this workstation`);
    nothingLeft();
  });
});
