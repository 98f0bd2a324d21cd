/** Keeps the end of what is written, up to a limit, and says that something is missing where it is. */

export interface KeptEnd {
  add(piece: Buffer): void;
  /** As text; a character that the limit cut in two is left out. */
  text(): string;
}

/** Keeps at most `bytesMax` bytes, whatever comes. */
export function keepEnd(bytesMax: number): KeptEnd {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let cut = 0;
  const shrink = (): void => {
    const all = Buffer.concat(pieces);
    const end = all.subarray(Math.max(0, all.length - bytesMax));
    cut += all.length - end.length;
    pieces = [end];
    bytes = end.length;
  };
  return {
    add: (piece) => {
      pieces.push(piece);
      bytes += piece.length;
      // Now and then, so that many small pieces are not copied each time.
      if (bytes > 2 * bytesMax || pieces.length > 1_000) shrink();
    },
    text: () => {
      if (bytes > bytesMax || pieces.length > 1) shrink();
      const text = Buffer.concat(pieces).toString("utf8");
      return cut === 0 ? text : `[the first ${cut} bytes are left out]\n${text.replace(/^\uFFFD+/u, "")}`;
    },
  };
}
