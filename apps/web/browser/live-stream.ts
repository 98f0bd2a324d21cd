/**
 * A stream that stays: it comes back by itself after whatever happened to it, from where it was, and says calmly how it is.
 * A hidden tab lets go of its connection (a browser has six per host), and catches up when it is looked at again.
 */
import { createSseParser, type SseMessage } from "./sse-parser.ts";

export type Connection = "connecting" | "live" | "away" | "signed-out" | "removed";

export interface LiveStream {
  /** The address for the next connection; `cursor` is the last id that was seen. */
  url: (cursor: string) => string;
  cursor: string;
  onMessage: (message: SseMessage) => void;
  onConnection: (connection: Connection) => void;
}

const RETRY_MS_MIN = 400;
const RETRY_MS_MAX = 8_000;
/** The server gives a sign of life every 15 s. */
const SILENCE_MS_MAX = 40_000;
const HIDDEN_MS_MAX = 20_000;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const GONE = 404;
const REFUSALS = new Set([UNAUTHORIZED, FORBIDDEN, GONE]);

/** Starts the stream and returns how to end it. */
export function openLiveStream(stream: LiveStream): () => void {
  const ending = new AbortController();
  void follow(stream, ending.signal);
  return () => ending.abort();
}

async function follow(stream: LiveStream, ending: AbortSignal): Promise<void> {
  let cursor = stream.cursor;
  let retryMs = RETRY_MS_MIN;
  while (!ending.aborted) {
    await untilVisible(ending);
    if (ending.aborted) return;
    const lost = new AbortController();
    const stopWatching = letGoWhenHidden(lost);
    const result = await read(stream, cursor, AbortSignal.any([ending, lost.signal]), (id) => {
      cursor = id;
    });
    stopWatching();
    if (ending.aborted) return;
    if (result === "refused") return;
    retryMs = result === "ended" ? RETRY_MS_MIN : Math.min(retryMs * 2, RETRY_MS_MAX);
    if (document.visibilityState === "visible") {
      if (result === "failed") stream.onConnection("away");
      await pause(retryMs, ending);
    }
  }
}

type Ending = "ended" | "failed" | "refused";

/** Reads one connection: `ended` when it worked and is over, `failed` when it did not work, `refused` when there is no use in coming back. */
async function read(
  stream: LiveStream,
  cursor: string,
  signal: AbortSignal,
  onId: (id: string) => void,
): Promise<Ending> {
  const silence = watchSilence();
  try {
    const response = await fetch(stream.url(cursor), {
      headers: { accept: "text/event-stream" },
      cache: "no-store",
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (response.status === UNAUTHORIZED || response.status === FORBIDDEN)
      stream.onConnection(response.status === UNAUTHORIZED ? "signed-out" : "removed");
    if (REFUSALS.has(response.status)) return "refused";
    if (!response.ok || !response.body) return "failed";
    await readMessages(stream, response.body, silence.heard, onId);
    return "ended";
  } catch {
    return signal.aborted ? "ended" : "failed"; // The network's own words for it help nobody here.
  } finally {
    silence.stop();
  }
}

async function readMessages(
  stream: LiveStream,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  heard: () => void,
  onId: (id: string) => void,
): Promise<void> {
  const parse = createSseParser();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let first = true; ; first = false) {
    const chunk = await reader.read();
    if (chunk.done) return;
    if (first) stream.onConnection("live");
    heard();
    for (const message of parse(chunk.value)) {
      stream.onMessage(message);
      if (message.id !== null) onId(message.id);
    }
  }
}

/** Aborts when nothing was heard for longer than the server ever is silent. */
function watchSilence(): { signal: AbortSignal; heard: () => void; stop: () => void } {
  const silence = new AbortController();
  const begin = (): number => window.setTimeout(() => silence.abort(), SILENCE_MS_MAX);
  let timer = begin();
  return {
    signal: silence.signal,
    heard: () => {
      window.clearTimeout(timer);
      timer = begin();
    },
    stop: () => window.clearTimeout(timer),
  };
}

function letGoWhenHidden(lost: AbortController): () => void {
  let timer = 0;
  const look = (): void => {
    window.clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = window.setTimeout(() => lost.abort(), HIDDEN_MS_MAX);
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    window.clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

function untilVisible(ending: AbortSignal): Promise<void> {
  if (document.visibilityState === "visible" || ending.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const over = new AbortController();
    const done = (): void => {
      over.abort();
      resolve();
    };
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && done(), {
      signal: over.signal,
    });
    ending.addEventListener("abort", done, { signal: over.signal });
  });
}

/** Ends early when the network comes back. */
function pause(ms: number, ending: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const done = (): void => {
      window.clearTimeout(timer);
      over.abort();
      resolve();
    };
    const timer = window.setTimeout(done, ms);
    window.addEventListener("online", done, { signal: over.signal });
    ending.addEventListener("abort", done, { signal: over.signal });
  });
}
