/** G35: what an upstream says is cleaned on its way into a terminal, however it is cut into chunks, and a pack is never touched. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { cleanSideband } from "./clean-sideband.ts";

const packet = (body: Buffer | string): Buffer => {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
};
const cleaned = (input: Buffer, chunk: number, credential: string | null = null): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < input.length; at += chunk) chunks.push(input.subarray(at, at + chunk));
  return buffer(Readable.from(chunks).pipe(cleanSideband(credential)));
};
const pack = Buffer.concat([
  Buffer.from([1]),
  Buffer.from("PACK\u001b[2J\u0002"),
  Buffer.from(Array.from({ length: 300 }, (_, at) => at % 256)),
]);

describe.each([1, 3, 7, 100_000])("in chunks of %i bytes", (chunk) => {
  test("escapes go, the pack and the framing stay", async () => {
    const input = Buffer.concat([
      packet("packfile\n"),
      packet("\u0002Counting: 3\r\u001b]0;evil\u0007\u009b2J\n"),
      packet(pack),
      packet("\u0003fatal \u001b[31mred"),
      Buffer.from("0000"),
    ]);
    const expected = Buffer.concat([
      packet("packfile\n"),
      packet("\u0002Counting: 3\r?]0;evil???2J\n"),
      packet(pack),
      packet("\u0003fatal ?[31mred"),
      Buffer.from("0000"),
    ]);
    expect((await cleaned(input, chunk)).toString("latin1")).toBe(expected.toString("latin1"));
  });

  test("an unframed pack passes as it is", async () => {
    const input = Buffer.concat([
      packet("NAK\n"),
      Buffer.from("PACK"),
      pack,
      Buffer.from("0008\u0002\u001bxx"),
    ]);
    expect((await cleaned(input, chunk)).equals(input)).toBe(true);
  });

  test("a credential that is said back is covered (invariant 2)", async () => {
    const output = await cleaned(
      packet("\u0002you are robot:s3cret, cm9ib3Q6czNjcmV0\n"),
      chunk,
      "robot:s3cret",
    );
    expect(output.toString()).toContain("you are ************, ****************");
  });

  test("a ref whose name a terminal may obey is left out of the list, and no other", async () => {
    const ref = (name: string): Buffer => packet(`${"a1".repeat(20)} ${name}\n`);
    const good = [
      ref("HEAD symref-target:refs/heads/main"),
      ref("refs/heads/caf\u00e9-\u65e5"),
      ref("refs/tags/v1 peeled:x"),
    ];
    const first = packet(`${"b2".repeat(20)} refs/heads/main\0side-band-64k agent=git/2\n`);
    const input = [
      first,
      good[0],
      ref("refs/heads/a\u009b2J"),
      good[1],
      ref("refs/heads/\u001b[2J"),
      good[2],
      Buffer.from("0000"),
    ];
    const output = await cleaned(Buffer.concat(input.flatMap((each) => each ?? [])), chunk);
    expect(output.toString()).toBe(Buffer.concat([first, ...good, Buffer.from("0000")]).toString());
  });

  test("a text that breaks off is not shown", async () => {
    expect(
      (await cleaned(packet("\u0002half \u001b[2J").subarray(0, 9), chunk)).toString("latin1"),
    ).not.toContain("\u001b");
  });
});
