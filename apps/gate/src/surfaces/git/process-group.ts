/** Makes sure that a push which an earlier gate had started is dead, and that it is that push and nothing else that is killed. */
import { readdir, readFile } from "node:fs/promises";
import type { Clock } from "@nightgate/shared/clock";
import { z } from "zod";

/** What is journalled before a push may begin. `token` is in the environment of each process of the group: numbers are used again, it is not. */
export const pushMarker = z.object({
  pid: z.int().min(2),
  pgid: z.int().min(2),
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  startTime: z.string(),
  bootId: z.string(),
  token: z.string(),
});
export type PushMarker = z.infer<typeof pushMarker>;

/** Under this name the token stands in the environment of the push and of all that it starts. */
export const TOKEN_VARIABLE = "NIGHTGATE_PUSH";
const POLL_MS = 50;

/** The marker of a process that was just started as the leader of its own group. */
export async function markerOf(pid: number, token: string): Promise<PushMarker> {
  const stat = await statOf(pid);
  return { pid, pgid: pid, startTime: stat?.startTime ?? "gone", bootId: await bootId(), token };
}

/** Kills what is left of the push and waits for its end; false if it does not end within `ms`. */
export async function endGroup(marker: PushMarker, clock: Clock, ms: number): Promise<boolean> {
  // After a restart of the machine nothing of it is left, and its numbers mean nothing.
  if ((await bootId()) !== marker.bootId) return true;
  const until = clock.now() + ms;
  for (;;) {
    const members = await membersOf(marker);
    if (members.length === 0) return true;
    for (const pid of members) kill(pid);
    if (clock.now() >= until) return false;
    await clock.wait(POLL_MS);
  }
}

async function membersOf(marker: PushMarker): Promise<number[]> {
  const members: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const stat = await statOf(pid);
    if (stat === null || stat.pgid !== marker.pgid || stat.state === "Z") continue;
    const isLeader = pid === marker.pid && stat.startTime === marker.startTime;
    if (isLeader || (await hasToken(pid, marker.token))) members.push(pid);
  }
  return members;
}

async function statOf(pid: number): Promise<{ state: string; pgid: number; startTime: string } | null> {
  const text = await readOrNull(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name stands in brackets and may contain anything, brackets too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", pgid: Number(fields[2]), startTime: fields[19] ?? "" };
}

async function hasToken(pid: number, token: string): Promise<boolean> {
  const environment = await readOrNull(`/proc/${pid}/environ`);
  return environment !== null && environment.split("\0").includes(`${TOKEN_VARIABLE}=${token}`);
}

async function bootId(): Promise<string> {
  return ((await readOrNull("/proc/sys/kernel/random/boot_id")) ?? "unknown").trim();
}

/** A process may end between being listed and being read: then there is nothing to read. */
async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return null;
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
