/** What a login leaves on this machine: one file that only its user can read. Two commands that renew it at the same time come one after the other. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../limits.ts";

const login = z.object({
  origin: z.url(),
  accessToken: z.string(),
  /** Milliseconds since the epoch, by this machine's clock. */
  accessUntil: z.number(),
  refreshToken: z.string(),
  scope: z.string(),
  /** As they were when somebody logged in; for people to read. */
  personName: z.string().default(""),
  organizationName: z.string().default(""),
});
export type Login = z.infer<typeof login>;

/** The login that is kept, or null. Throws Problem login.required for a file that cannot be read as one. */
export function readLogin(file: string): Login | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw new Problem("login.required", {}, { cause: error });
  }
  try {
    return login.parse(JSON.parse(text));
  } catch (error) {
    throw new Problem("login.required", {}, { cause: error });
  }
}

/** Keeps a login: whole or not at all, 0600 in a folder of 0700. */
export function writeLogin(file: string, kept: Login): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600, flag: "w" });
  renameSync(part, file);
}

export function forgetLogin(file: string): void {
  rmSync(file, { force: true });
}

/** Runs `work` while no other command does. A folder is the lock: making one is atomic on every file system. */
export async function withLoginLock<Result>(
  file: string,
  work: () => Promise<Result>,
  clock: Clock = systemClock,
): Promise<Result> {
  const lock = `${file}.lock`;
  while (!take(lock)) {
    if (isOld(lock, clock.now())) rmSync(lock, { recursive: true, force: true });
    else await clock.wait(LIMITS.loginLockLookMs);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw new Problem("login.failed", { why: "its folder cannot be written" }, { cause: error });
  }
}

function isOld(lock: string, now: number): boolean {
  try {
    return now - statSync(lock).mtimeMs > LIMITS.loginLockMsMax;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
