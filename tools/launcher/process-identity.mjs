// A process is known by its id and the moment it began: the id alone is reused, and ending somebody else's process
// is worse than leaving one of ours.
import { readFileSync } from "node:fs";

/** Start time in clock ticks since boot (proc(5), stat field 22), with the boot's id; null when there is no such process. */
export function processStart(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return null;
  }
}

/** @param {{ pid: number, start: string }} identity */
export const isAlive = ({ pid, start }) => start !== null && processStart(pid) === start;

export const identityOf = (pid) => ({ pid, start: processStart(pid) });
