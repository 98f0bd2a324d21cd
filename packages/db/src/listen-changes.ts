/** Follows the announcements of all processes (LISTEN nightgate_changes). After a lost connection it comes back and says so, since announcements were missed. */
import { CHANGES_CHANNEL, type Change, change } from "@nightgate/shared/changes";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import pg from "pg";

export interface ChangesListener {
  /** Called for each announcement, in order. */
  onChange: (change: Change) => void;
  /** Called after every (re)connection: look at everything once, for what was missed. */
  onConnected: () => void;
}

const RECONNECT_MS_MIN = 200;
const RECONNECT_MS_MAX = 5_000;

/** Starts to listen with the role's own `url` and returns how to stop. Never throws: a database that is away is tried again until it is back. */
export function listenChanges(
  url: string,
  listener: ChangesListener,
  clock: Clock = systemClock,
): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const done = follow(url, listener, clock, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

async function follow(
  url: string,
  listener: ChangesListener,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = RECONNECT_MS_MIN;
  while (!signal.aborted) {
    const connected = await once(url, listener, signal);
    pauseMs = connected ? RECONNECT_MS_MIN : Math.min(pauseMs * 2, RECONNECT_MS_MAX);
    // The pause ends early when we are told to stop; that rejection is the point of it.
    if (!signal.aborted) await clock.wait(pauseMs, signal).catch((error: unknown) => error);
  }
}

async function once(url: string, listener: ChangesListener, signal: AbortSignal): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, keepAlive: true });
  const lost = new Promise<void>((resolve) => {
    // `on`: a server that goes away may say so twice, and an error that nobody hears ends the process.
    client.on("error", () => resolve());
    client.once("end", () => resolve());
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  try {
    await client.connect();
    client.on("notification", (message) => {
      const announced = readChange(message.payload ?? "");
      if (announced) listener.onChange(announced);
    });
    await client.query(`LISTEN ${CHANGES_CHANNEL}`);
    listener.onConnected();
    await lost;
    return true;
  } catch {
    return false; // The caller comes back later; the processes say on their own pages that the database is away.
  } finally {
    await client.end().catch((error: unknown) => error);
  }
}

/** Null for what is no announcement. Invariant 4: every role can NOTIFY whatever it likes, so what one says must not end a process that listens. */
function readChange(payload: string): Change | null {
  try {
    return change.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    return null; // It is not even JSON: nothing of ours has said it.
  }
}
