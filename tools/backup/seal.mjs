// A stream under a passphrase: scrypt makes the key, AES-256-GCM seals pieces of 64 KiB, numbered and the last one marked (the STREAM construction, as in
// age), so that a piece that was changed, moved, left out or cut off is noticed before anything of it is used.
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import { Refusal } from "../launcher/say.mjs";

const MAGIC = "nightgate.backup.v1\n";
const SALT_BYTES = 16;
const HEAD_BYTES = MAGIC.length + SALT_BYTES;
const PIECE_BYTES = 64 * 1024;
const TAG_BYTES = 16;
/** 128 MiB and about half a second for each guess. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

/** What makes a key of words and salt; tests have a quick one. */
const slowly = (passphrase, salt) => scryptSync(passphrase.normalize("NFKC"), salt, 32, SCRYPT);

function nonceOf(count, isLast) {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(count), 3);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Seals what comes in. For stream.pipeline. @param {string} passphrase */
export function seal(passphrase, keyOf = slowly) {
  return async function* sealed(source) {
    const head = Buffer.concat([Buffer.from(MAGIC), randomBytes(SALT_BYTES)]);
    const key = keyOf(passphrase, head.subarray(MAGIC.length));
    yield head;
    for await (const [piece, count, isLast] of pieces(source, PIECE_BYTES)) {
      const cipher = createCipheriv("aes-256-gcm", key, nonceOf(count, isLast)).setAAD(head);
      yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    }
  };
}

/** Opens what `seal` made. Throws a Refusal for a wrong passphrase or a file that was changed. @param {string} passphrase */
export function unseal(passphrase, keyOf = slowly) {
  return async function* opened(source) {
    const { head, rest } = await readHead(source);
    const key = keyOf(passphrase, head.subarray(MAGIC.length));
    for await (const [piece, count, isLast] of pieces(rest, PIECE_BYTES + TAG_BYTES)) {
      yield openPiece(key, head, piece, { count, isLast });
    }
  };
}

function openPiece(key, head, piece, { count, isLast }) {
  if (piece.length < TAG_BYTES)
    throw new Refusal("The backup ends in the middle: part of the file is missing.");
  const end = piece.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(count, isLast));
  decipher.setAAD(head).setAuthTag(piece.subarray(end));
  try {
    return Buffer.concat([decipher.update(piece.subarray(0, end)), decipher.final()]);
  } catch (cause) {
    const why =
      count === 0
        ? "The passphrase is not the one of this backup, or the file was changed."
        : `The backup was changed or cut off, at its byte ${HEAD_BYTES + count * (PIECE_BYTES + TAG_BYTES)}.`;
    throw new Refusal(why, { cause });
  }
}

async function readHead(source) {
  const iterator = source[Symbol.asyncIterator]();
  let buffered = Buffer.alloc(0);
  while (buffered.length < HEAD_BYTES) {
    const { value, done } = await iterator.next();
    if (done) break;
    buffered = Buffer.concat([buffered, value]);
  }
  if (buffered.length < HEAD_BYTES || buffered.subarray(0, MAGIC.length).toString() !== MAGIC)
    throw new Refusal("This file is not a backup of Nightgate.");
  async function* rest() {
    yield buffered.subarray(HEAD_BYTES);
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) return;
      yield value;
    }
  }
  return { head: buffered.subarray(0, HEAD_BYTES), rest: rest() };
}

/** Cuts a stream into [bytes, number, whether it is the last]; there is always a last one. */
async function* pieces(source, size) {
  let waiting = Buffer.alloc(0);
  let count = 0;
  for await (const chunk of source) {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    let at = 0;
    // The last piece is known only at the end: one is always kept back.
    for (; waiting.length - at > size; at += size) yield [waiting.subarray(at, at + size), count++, false];
    waiting = waiting.subarray(at);
  }
  yield [waiting, count, true];
}
