/**
 * What has passed through is garbage outside of the heap, and V8 hurries for that only from 64 MB on. With node's --expose-gc the young
 * generation is collected every few megabytes instead, which takes about a millisecond and keeps the gate small whatever passes.
 */
const EVERY_BYTES = 2 * 1024 * 1024;
/** What was still being written at two collections has grown old, and goes only when everything is collected: every 32 MB. */
const MINOR_BEFORE_MAJOR = 15;

let passedBytes = 0;
let minor = 0;

/** To be told of each chunk that was read from a stream of any length. */
export function passed(chunk: { length: number }): void {
  passedBytes += chunk.length;
  if (passedBytes < EVERY_BYTES) return;
  passedBytes = 0;
  minor = minor < MINOR_BEFORE_MAJOR ? minor + 1 : 0;
  globalThis.gc?.({ type: minor === 0 ? "major" : "minor" });
}
