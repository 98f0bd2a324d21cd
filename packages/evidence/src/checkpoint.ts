/** Checkpoints as in C2SP tlog-checkpoint: a signed note (C2SP signed-note) over the log's origin, size and root, with Ed25519. */
import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fromBase64Url, fromHex, sameBytes, sha256, toBase64Url, toHex } from "./bytes.ts";

export interface LogHead {
  size: number;
  /** Hex. */
  root: string;
}

const ED25519_KEY_TYPE = Uint8Array.of(1);
const KEY_ID_BYTES = 4;
const HASH_BYTES = 32;

/** The line that names a log: unique to installation and organization. */
export function logOrigin(installation: string, organization: string): string {
  return `nightgate/${installation}/${organization}`;
}

/** The text that is signed: origin, size, root, each on a line. */
export function checkpointBody(origin: string, head: LogHead): string {
  return `${origin}\n${head.size}\n${Buffer.from(head.root, "hex").toString("base64")}\n`;
}

/** The whole note, signed under the log's origin as key name. `key` is an Ed25519 private key. */
export function signCheckpoint(origin: string, head: LogHead, key: KeyObject): string {
  const body = checkpointBody(origin, head);
  const id = keyId(origin, rawPublicKey(createPublicKey(key)));
  const signature = Buffer.concat([id, sign(null, Buffer.from(body), key)]).toString("base64");
  return `${body}\n\u2014 ${origin} ${signature}\n`;
}

/** The head that a note states, when `publicKey` (raw Ed25519, base64url) has signed it under `origin`; null otherwise. */
export function openCheckpoint(note: string, origin: string, publicKey: string): LogHead | null {
  const end = note.indexOf("\n\n");
  if (end < 0) return null;
  const body = note.slice(0, end + 1);
  const head = parseBody(body, origin);
  if (!head) return null;
  const raw = fromBase64Url(publicKey);
  if (raw.length !== HASH_BYTES) return null;
  const signed = note
    .slice(end + 2)
    .split("\n")
    .some((line) => lineVerifies(line, body, origin, raw));
  return signed ? head : null;
}

/** An Ed25519 key's raw public bytes, base64url: how a log's key is handed to a verifier. */
export function publicKeyText(key: KeyObject): string {
  return toBase64Url(rawPublicKey(key.type === "private" ? createPublicKey(key) : key));
}

/** The verifier key in signed-note's own form: "<name>+<key id>+<base64 of type and key>". */
export function verifierKey(origin: string, publicKey: string): string {
  const raw = fromBase64Url(publicKey);
  return `${origin}+${toHex(keyId(origin, raw))}+${Buffer.concat([ED25519_KEY_TYPE, raw]).toString("base64")}`;
}

function parseBody(body: string, origin: string): LogHead | null {
  const [name, size = "", root = "", ...rest] = body.split("\n");
  if (name !== origin || rest.join("") !== "" || !/^(0|[1-9][0-9]{0,15})$/.test(size)) return null;
  const bytes = Buffer.from(root, "base64");
  if (bytes.length !== HASH_BYTES || bytes.toString("base64") !== root) return null;
  return { size: Number(size), root: bytes.toString("hex") };
}

function lineVerifies(line: string, body: string, origin: string, raw: Uint8Array): boolean {
  const start = `\u2014 ${origin} `;
  if (!line.startsWith(start)) return false;
  const bytes = Buffer.from(line.slice(start.length), "base64");
  if (!sameBytes(bytes.subarray(0, KEY_ID_BYTES), keyId(origin, raw))) return false;
  return verify(null, Buffer.from(body), keyFromRaw(raw), bytes.subarray(KEY_ID_BYTES));
}

function keyId(name: string, raw: Uint8Array): Uint8Array {
  return sha256(name, "\n", ED25519_KEY_TYPE, raw).subarray(0, KEY_ID_BYTES);
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return fromBase64Url(key.export({ format: "jwk" }).x ?? "");
}

function keyFromRaw(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: toBase64Url(raw) }, format: "jwk" });
}

/** Compares heads by value. */
export function sameHead(a: LogHead, b: LogHead): boolean {
  return a.size === b.size && sameBytes(fromHex(a.root), fromHex(b.root));
}
