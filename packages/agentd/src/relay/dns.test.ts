import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { decode, encode, type Packet } from "dns-packet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { answer, startDnsAnswerer } from "./dns-answerer.ts";
import { canonicalName, createNames } from "./names.ts";

const resolve = async (name: string): Promise<string | null> =>
  name === "full.example.com" ? null : "127.64.1.2";
const ask = async (
  name: string,
  type: "A" | "AAAA" | "MX" | "TXT" = "A",
): Promise<Packet & { rcode?: string }> => {
  const reply = await answer(encode({ id: 7, type: "query", questions: [{ name, type }] }), resolve);
  return decode(reply ?? Buffer.alloc(0)) as Packet & { rcode?: string };
};

describe("answers", () => {
  test("A has the address, AAAA and all other types have no data but no error", async () => {
    expect(await ask("registry.npmjs.org")).toMatchObject({
      id: 7,
      rcode: "NOERROR",
      answers: [{ type: "A", data: "127.64.1.2" }],
    });
    for (const type of ["AAAA", "MX", "TXT"] as const)
      expect(await ask("registry.npmjs.org", type)).toMatchObject({ rcode: "NOERROR", answers: [] });
  });

  test("localhost is this machine; what is no name is none; when there is no room it says so", async () => {
    expect(await ask("web.localhost")).toMatchObject({ answers: [{ data: "127.0.0.1" }] });
    for (const name of ["nodots", "a..b", "under score.example", "10.0.0.1", "1.2.3.in-addr.arpa.1"])
      expect(await ask(name)).toMatchObject({ rcode: "NXDOMAIN" });
    expect(await ask("full.example.com")).toMatchObject({ rcode: "SERVFAIL" });
  });

  test("bytes that are no question get a format error or nothing", async () => {
    expect(await answer(Buffer.from("short"), resolve)).toBeNull();
    expect(
      decode(
        (await answer(
          Buffer.concat([Buffer.from([0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from([255, 255, 255])]),
          resolve,
        )) ?? Buffer.alloc(0),
      ),
    ).toMatchObject({ id: 9, rcode: "FORMERR" });
    expect(await answer(encode({ id: 1, type: "response", questions: [] }), resolve)).toBeNull();
  });
});

describe("over the wire", () => {
  let dns: Awaited<ReturnType<typeof startDnsAnswerer>>;
  beforeEach(async () => {
    dns = await startDnsAnswerer({ address: "127.0.0.1", port: 0, resolve });
  });
  afterEach(async () => await dns.stop());
  const query = encode({ id: 1, type: "query", questions: [{ name: "a.example.com", type: "A" }] });

  test("UDP", async () => {
    const socket = createSocket("udp4");
    const reply = new Promise<Buffer>((done) => socket.once("message", done));
    socket.send(query, dns.port, "127.0.0.1");
    expect(decode(await reply)).toMatchObject({ answers: [{ data: "127.64.1.2" }] });
    socket.close();
  });

  test("TCP, two questions in pieces", async () => {
    const framed = Buffer.concat([Buffer.from([0, query.length]), query]);
    const socket = connect(dns.port, "127.0.0.1");
    let bytes = Buffer.alloc(0);
    const both = new Promise<void>((done) =>
      socket.on("data", (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        if (bytes.length >= 2 * (bytes.readUInt16BE(0) + 2)) done();
      }),
    );
    socket.write(framed.subarray(0, 5));
    socket.write(Buffer.concat([framed.subarray(5), framed]));
    await both;
    expect(decode(bytes.subarray(2, 2 + bytes.readUInt16BE(0)))).toMatchObject({
      answers: [{ data: "127.64.1.2" }],
    });
    socket.destroy();
  });
});

describe("names", () => {
  test("each has one address in 127.64.0.0/10, the same in every start", () => {
    const one = createNames({ mayEvict: () => true, onEvict: () => undefined });
    const other = createNames({ mayEvict: () => true, onEvict: () => undefined });
    const address = one.addressOf("registry.npmjs.org");
    expect(address).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/);
    expect(other.addressOf("registry.npmjs.org")).toBe(address);
    expect(one.nameOf(address ?? "")).toBe("registry.npmjs.org");
  });

  test("invariant 12: the book is bounded; the oldest that nobody is connected to makes room", () => {
    const evicted: string[] = [];
    let busy = "";
    const names = createNames({
      mayEvict: (address) => address !== busy,
      onEvict: (address) => evicted.push(address),
    });
    const addresses = Array.from({ length: LIMITS.namesMax }, (_, index) =>
      names.addressOf(`n${index}.example.com`),
    );
    busy = addresses[0] ?? "";
    names.addressOf("n1.example.com");
    expect(names.addressOf("one.more.example.com")).not.toBeNull();
    expect(evicted).toEqual([addresses[2]]);
    expect(names.nameOf(busy)).toBe("n0.example.com");
    expect(new Set(addresses).size).toBe(LIMITS.namesMax);
  });

  test.each([
    ["Registry.NPMjs.org.", "registry.npmjs.org"],
    ["_dmarc.example.com", "_dmarc.example.com"],
    ["example", null],
    ["127.0.0.1", null],
    ["localhost\u0000.example.com", null],
    ["-a.example.com", null],
    ["a.example.com:80", null],
    [`${"a".repeat(64)}.example.com`, null],
    [`${"a.".repeat(130)}com`, null],
  ])("%j is %j", (raw, name) => expect(canonicalName(raw)).toBe(name));
});
