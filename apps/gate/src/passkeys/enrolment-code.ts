/** The one-time code that lets the first person enrol: printed on the gate's host, kept as a hash on the gate's disk, bounded in time and guesses. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import { readIfPresent, removeDurably, writeDurably } from "../journal/durable-file.ts";

export interface EnrolmentCode {
  /** Makes a fresh code, which replaces an earlier one, and returns it for printing. */
  renew(): string;
  /** Returns the code's digest when it is right; otherwise counts the guess and throws Problem enrolment.code-wrong. */
  check(code: string): string;
  /** Uses the code up; false when it is not the one of `digest` any more. */
  consume(digest: string): boolean;
}

const kept = z.object({ digest: z.string(), expiresAt: z.number(), attemptsLeft: z.int() });
type Kept = z.infer<typeof kept>;

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS = 3;
const GROUP_CHARACTERS = 4;

/** `folder` is the gate's own; the file in it is shared with the command line, so it is read at each use. */
export function createEnrolmentCode(folder: string, clock: Clock): EnrolmentCode {
  const path = join(folder, "enrolment-code.json");
  const read = (): Kept | null => {
    const text = readIfPresent(path);
    const present = text === null ? null : kept.parse(JSON.parse(text));
    return present && present.expiresAt > clock.now() && present.attemptsLeft > 0 ? present : null;
  };
  return {
    renew: () => {
      const code = randomCode();
      const entry: Kept = {
        digest: digestOf(code),
        expiresAt: clock.now() + LIMITS.enrolmentCodeMs,
        attemptsLeft: LIMITS.enrolmentAttemptsMax,
      };
      writeDurably(path, `${JSON.stringify(entry)}\n`);
      return code;
    },
    check: (code) => {
      const entry = read();
      if (!entry) throw new Problem("enrolment.code-wrong", { attemptsLeft: 0 });
      if (timingSafeEqual(Buffer.from(digestOf(code)), Buffer.from(entry.digest))) return entry.digest;
      const attemptsLeft = entry.attemptsLeft - 1;
      writeDurably(path, `${JSON.stringify({ ...entry, attemptsLeft })}\n`);
      throw new Problem("enrolment.code-wrong", { attemptsLeft });
    },
    consume: (digest) => {
      if (read()?.digest !== digest) return false;
      removeDurably(path);
      return true;
    },
  };
}

function randomCode(): string {
  const characters = [...randomBytes(GROUPS * GROUP_CHARACTERS)].map((byte) => CROCKFORD.charAt(byte & 31));
  return Array.from({ length: GROUPS }, (_, group) =>
    characters.slice(group * GROUP_CHARACTERS, (group + 1) * GROUP_CHARACTERS).join(""),
  ).join("-");
}

/** As a person types it: lower case, spaces and the letters that look like digits are forgiven. */
function digestOf(code: string): string {
  const plain = code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  return createHash("sha256").update("nightgate.enrolment-code.v1").update(plain).digest("hex");
}
