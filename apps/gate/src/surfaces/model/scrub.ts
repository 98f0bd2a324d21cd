/** Takes a secret out of bytes that go to a workstation, wherever an upstream echoes it (invariant 2). */

const REPLACEMENT = "[removed by nightgate]";

export interface Scrubber {
  /** Returns what may go on; a tail that might be the beginning of the secret waits for the next chunk. */
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

/** Works across chunk borders. Bytes are kept back only while they are a beginning of the secret. */
export function createScrubber(secret: string): Scrubber {
  const needle = Buffer.from(secret, "utf8").toString("latin1");
  let kept = "";
  return {
    push: (chunk) => {
      const text = (kept + chunk.toString("latin1")).replaceAll(needle, REPLACEMENT);
      const keep = lengthOfBeginning(text, needle);
      kept = text.slice(text.length - keep);
      return Buffer.from(text.slice(0, text.length - keep), "latin1");
    },
    end: () => {
      const rest = Buffer.from(kept, "latin1");
      kept = "";
      return rest;
    },
  };
}

/** The same for a text that is there as a whole. */
export function scrubText(text: string, secret: string): string {
  return text.replaceAll(secret, REPLACEMENT);
}

/** The longest end of `text` that is a proper beginning of `needle`. */
function lengthOfBeginning(text: string, needle: string): number {
  for (let length = Math.min(needle.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(needle.slice(0, length))) return length;
  }
  return 0;
}
