/** Why a queued run has not begun, as people and agents read it: the sentence for a row of jobs.queue_view. */
export interface QueuedWhy {
  why: string | null;
  /** Of the lock that is full. */
  lockKey: string | null;
  /** One of the runs that have it. */
  lockRun: string | null;
  /** When the window opens: `HH:MM` and the zone. */
  opens: string | null;
}

/** Says what it waits for. */
export function sayQueuedWhy({ why, lockKey, lockRun, opens }: QueuedWhy): string {
  switch (why) {
    case "budget":
      return "The night's budget is used up. It begins in the next night, or when somebody extends this one.";
    case "night":
      return `The night's window is closed. It begins when that opens, at ${opens ?? "its time"}.`;
    case "workstation":
      return "Its workstation is not connected. It begins when that is back.";
    case "lock":
      return `${sayLock(lockKey ?? "")}${lockRun === null ? "" : ` (${lockRun})`}. It begins when there is room.`;
    default:
      return "It is about to begin.";
  }
}

function sayLock(key: string): string {
  const [kind = "", ...rest] = key.split("/");
  switch (kind) {
    case "organization":
      return "As many runs are at work as the organization may have";
    case "workstation":
      return "As many runs are at work on its workstation as may be at once";
    case "folder":
      return "Another run is at work in its repository's folder";
    default:
      return `The lock ${rest.at(-1) ?? key} is taken`;
  }
}
