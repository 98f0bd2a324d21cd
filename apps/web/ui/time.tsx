"use client";
/** Times: relative, with the exact one on hover; and durations that tick while something runs. */
import { type ReactNode, useSyncExternalStore } from "react";
import { elapsed, relative } from "./time-words.ts";

const EVERY_MS = { second: 1_000, minute: 15_000 } as const;
type Beat = keyof typeof EVERY_MS;

/** One interval per beat for the whole page, however many times are on it. */
const beats: Record<Beat, { listeners: Set<() => void>; timer: number | null; now: number }> = {
  second: { listeners: new Set(), timer: null, now: 0 },
  minute: { listeners: new Set(), timer: null, now: 0 },
};

function subscribeTo(beat: Beat): (listener: () => void) => () => void {
  return (listener) => {
    const state = beats[beat];
    state.listeners.add(listener);
    state.now = Date.now();
    state.timer ??= window.setInterval(() => {
      state.now = Date.now();
      for (const each of state.listeners) each();
    }, EVERY_MS[beat]);
    return () => {
      state.listeners.delete(listener);
      if (state.listeners.size > 0 || state.timer === null) return;
      window.clearInterval(state.timer);
      state.timer = null;
    };
  };
}
const subscribe = { second: subscribeTo("second"), minute: subscribeTo("minute") };

/** The current time, or null while the page is still the server's: its clock and zone are not the reader's. */
function useNow(beat: Beat): number | null {
  return useSyncExternalStore<number | null>(
    subscribe[beat],
    () => (beats[beat].now === 0 ? (beats[beat].now = Date.now()) : beats[beat].now),
    () => null,
  );
}

export function Time({ at }: { at: number }): ReactNode {
  const now = useNow("minute");
  const iso = new Date(at).toISOString();
  return (
    <time
      dateTime={iso}
      title={now === null ? iso : new Date(at).toLocaleString()}
      className="tnum whitespace-nowrap"
    >
      {now === null ? iso.slice(0, 10) : relative(at, now)}
    </time>
  );
}

/** How long something took, or has been taking. */
export function Elapsed({ from, to }: { from: number; to: number | null }): ReactNode {
  const now = useNow("second");
  const until = to ?? now;
  return <span className="tnum whitespace-nowrap">{until === null ? "" : elapsed(until - from)}</span>;
}
