// What is sealed opens under its passphrase and no other, and no piece can be changed, moved, left out or cut off unnoticed.
import { createHash, randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { readParts, writePart } from "./parts.mjs";
import { seal, unseal } from "./seal.mjs";

const WORDS = "six words that were drawn at random";
/** scrypt costs a second for each try, which is its purpose and not this test's. */
const quickly = (words: string, salt: Buffer) => createHash("sha256").update(words).update(salt).digest();
const HEAD = 36;
const PIECE = 64 * 1024 + 16;

async function* once(bytes: Buffer, step = 50_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += step) yield await Promise.resolve(bytes.subarray(at, at + step));
}

const sealed = async (bytes: Buffer): Promise<Buffer> => await buffer(seal(WORDS, quickly)(once(bytes)));
const opened = async (bytes: Buffer, words = WORDS): Promise<Buffer> =>
  await buffer(unseal(words, quickly)(once(bytes)));

function flipped(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

const text = randomBytes(200_000);
const file = await sealed(text);

test.each([0, 1, 65_536, 131_072])("%i bytes come back as they were", async (length) => {
  const bytes = randomBytes(length);
  expect((await opened(await sealed(bytes))).equals(bytes)).toBe(true);
});

test("the same bytes are sealed otherwise each time", async () => {
  expect((await sealed(text)).equals(file)).toBe(false);
});

test("another passphrase opens nothing", async () => {
  await expect(opened(file, "some other words that were drawn")).rejects.toThrow(/passphrase is not the one/);
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ["a changed byte", (bytes) => flipped(bytes, HEAD + PIECE + 9)],
  ["a changed salt", (bytes) => flipped(bytes, HEAD - 1)],
  [
    "a missing piece",
    (bytes) => Buffer.concat([bytes.subarray(0, HEAD + PIECE), bytes.subarray(HEAD + 2 * PIECE)]),
  ],
  [
    "two pieces that changed places",
    (bytes) =>
      Buffer.concat([
        bytes.subarray(0, HEAD),
        bytes.subarray(HEAD + PIECE, HEAD + 2 * PIECE),
        bytes.subarray(HEAD, HEAD + PIECE),
        bytes.subarray(HEAD + 2 * PIECE),
      ]),
  ],
  ["an end that is cut off between pieces", (bytes) => bytes.subarray(0, HEAD + 2 * PIECE)],
  ["an end that is cut off within one", (bytes) => bytes.subarray(0, HEAD + 2 * PIECE + 5)],
  ["something behind the end", (bytes) => Buffer.concat([bytes, Buffer.alloc(40)])],
  ["no backup at all", () => Buffer.from("PK\u0003\u0004 something else that is long enough")],
])("%s is noticed", async (_what, change) => {
  await expect(opened(change(Buffer.from(file)))).rejects.toThrow(/backup|file/i);
});

test("parts come back with their names, whatever their chunks were", async () => {
  async function* written(): AsyncGenerator<Buffer> {
    yield* writePart({ part: "rows" }, once(text, 7_001));
    yield* writePart({ part: "nothing" }, []);
    yield* writePart({ part: "end" }, []);
  }
  const whole = await buffer(written());
  const found: Record<string, number> = {};
  for await (const { head, body } of readParts(once(whole, 313)))
    found[head.part] = (await buffer(body)).length;
  expect(found).toEqual({ rows: text.length, nothing: 0, end: 0 });
  const cut = readParts(once(whole.subarray(0, 90_000)));
  await expect(
    (async () => {
      for await (const { body } of cut) await buffer(body);
    })(),
  ).rejects.toThrow(/part of the file is missing/);
});

test("as it is used, with the slow key", async () => {
  const bytes = await buffer(seal(WORDS)(once(Buffer.from("short"))));
  expect((await buffer(unseal(WORDS)(once(bytes)))).toString()).toBe("short");
});
