/** Recovery codes: made to be printed, shown once, kept as scrypt over their secret part. The first part only says whose file to look in. */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import type { Clock } from "@nightgate/shared/clock";
import type { KeptCode, RecoveryFiles } from "../journal/recovery-files.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOKUP_CHARACTERS = 8;
/** 100 bits: it can neither be guessed nor searched for. */
const SECRET_CHARACTERS = 20;
const GROUP_CHARACTERS = 4;
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 } as const;
const DIGEST_BYTES = 32;

export interface NewCode {
  person: string;
  method: KeptCode["method"];
  expiresAt: number | null;
}

/** Makes a code and keeps its digest; an earlier one of the same person and kind is void from now on. */
export function makeCode(files: RecoveryFiles, clock: Clock, fresh: NewCode): string {
  for (const { lookup, code } of files.codesOf(fresh.person))
    if (code.method === fresh.method) files.dropCode(lookup);
  const [lookup, secret] = [randomText(LOOKUP_CHARACTERS), randomText(SECRET_CHARACTERS)];
  const salt = randomBytes(16).toString("base64url");
  files.keepCode(lookup, { ...fresh, salt, digest: digestOf(secret, salt), createdAt: clock.now() });
  return (lookup + secret).match(new RegExp(`.{${GROUP_CHARACTERS}}`, "g"))?.join("-") ?? "";
}

/** Whose code it is, or null. As much work for one that does not exist as for one that is wrong. */
export function checkCode(
  files: RecoveryFiles,
  clock: Clock,
  typed: string,
): { lookup: string; code: KeptCode } | null {
  const plain = typed
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  const [lookup, secret] = [plain.slice(0, LOOKUP_CHARACTERS), plain.slice(LOOKUP_CHARACTERS)];
  const code = files.code(lookup);
  const digest = Buffer.from(digestOf(secret.slice(0, 100), code?.salt ?? "none"), "hex");
  const right =
    code !== null &&
    timingSafeEqual(digest, Buffer.from(code.digest, "hex")) &&
    (code.expiresAt === null || code.expiresAt > clock.now());
  return right ? { lookup, code } : null;
}

function digestOf(secret: string, salt: string): string {
  return scryptSync(secret, `nightgate.recovery-code.v1:${salt}`, DIGEST_BYTES, SCRYPT).toString("hex");
}

function randomText(characters: number): string {
  return [...randomBytes(characters)].map((byte) => CROCKFORD.charAt(byte & 31)).join("");
}
