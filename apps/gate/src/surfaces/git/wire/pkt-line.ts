/** pkt-line, git's framing: four hex digits of length, then the bytes (gitprotocol-common). Written and read here, and nowhere else. */
import type { Readable } from "node:stream";
import { Problem } from "@nightgate/shared/problems";

const PACKET_BYTES_MAX = 65_520;
export const FLUSH = "0000";

/** One packet with `text` in it. */
export function packet(text: string): string {
  return `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, "0")}${text}`;
}

/** Reads lines and packets from a stream in turn; null means that the other side has closed it. */
export interface PacketReader {
  /** Up to the next newline, without it. */
  line(): Promise<string | null>;
  /** One packet's bytes, "flush", or null at the end. */
  packet(): Promise<Buffer | "flush" | null>;
}

/** Makes a reader; it must be the stream's only one. */
export function packetReader(stream: Readable): PacketReader {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held: Buffer = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const next = await chunks.next();
    if (next.done === true) return false;
    held = Buffer.concat([held, next.value]);
    return true;
  }
  async function take(length: number): Promise<Buffer | null> {
    while (held.length < length) if (!(await more())) return null;
    const taken = held.subarray(0, length);
    held = held.subarray(length);
    return taken;
  }
  async function readPacket(): Promise<Buffer | "flush" | null> {
    const head = await take(4);
    if (head === null) return null;
    const text = head.toString("latin1");
    if (!/^[0-9a-f]{4}$/i.test(text)) throw new Problem("git.protocol", { why: "a packet has no length" });
    const length = Number.parseInt(text, 16);
    if (length === 0) return "flush";
    if (length < 4 || length > PACKET_BYTES_MAX)
      throw new Problem("git.protocol", { why: "a packet has an impossible length" });
    return take(length - 4);
  }

  return {
    packet: readPacket,
    line: async () => {
      for (;;) {
        const end = held.indexOf(10);
        if (end >= 0) {
          const line = held.subarray(0, end).toString("utf8");
          held = held.subarray(end + 1);
          return line;
        }
        if (held.length > PACKET_BYTES_MAX) throw new Problem("git.protocol", { why: "a line has no end" });
        if (!(await more())) return null;
      }
    },
  };
}
