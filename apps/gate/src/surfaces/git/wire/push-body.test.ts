// The first packet of a push says whether its client can be told "held". It may come in any pieces, after whatever a shallow clone says.
import type { IncomingMessage } from "node:http";
import { Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { pushBody } from "./push-body.ts";

const packet = (text: string): string => (text.length + 4).toString(16).padStart(4, "0") + text;
const command = (capabilities: string): string =>
  `${packet(`${"0".repeat(40)} ${"1".repeat(40)} refs/heads/main\0 ${capabilities}`)}0000PACK`;

/** Feeds the body in pieces of `size`; answers what git got, and what was understood. */
async function feed(body: string, size: number): Promise<{ got: string; understandsHeld: boolean }> {
  const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, at) =>
    Buffer.from(body.slice(at * size, (at + 1) * size)),
  );
  const request = Object.assign(Readable.from(pieces), { headers: {} }) as unknown as IncomingMessage;
  const got: Buffer[] = [];
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      got.push(chunk);
      done();
    },
  });
  const opened = pushBody(request, 1024 * 1024);
  expect(opened.understandsHeld()).toBe(false);
  await opened.feed(stdin);
  return { got: Buffer.concat(got).toString(), understandsHeld: opened.understandsHeld() };
}

test.each([1, 3, 7, 4096])(
  "in pieces of %i bytes, every byte arrives and the capabilities are read",
  async (size) => {
    const shallow = packet(`shallow ${"2".repeat(40)}`).repeat(3);
    for (const before of ["", shallow]) {
      const body = before + command("report-status-v2 side-band-64k");
      expect(await feed(body, size)).toEqual({ got: body, understandsHeld: true });
    }
    expect((await feed(command("report-status side-band-64k"), size)).understandsHeld).toBe(false);
  },
);

test("words further behind are not the capabilities", async () => {
  const body = `${command("report-status")}${"x".repeat(100)}\0report-status-v2`;
  expect((await feed(body, 5)).understandsHeld).toBe(false);
});

test("a beginning that never ends is not kept: the client is then told no", async () => {
  const endless = packet(`shallow ${"2".repeat(40)}`).repeat(25_000);
  expect((await feed(endless, 65_536)).understandsHeld).toBe(false);
});
