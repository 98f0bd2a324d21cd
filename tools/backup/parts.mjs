// What is in a backup: named parts one after the other, each a line of JSON and then its bytes in counted chunks, because nobody knows the length of a
// stream before its end.
import { Refusal } from "../launcher/say.mjs";

const HEAD_BYTES_MAX = 1024 * 1024;
const CHUNK_BYTES_MAX = 64 * 1024 * 1024;

/** One part's bytes. @param {Record<string, unknown>} head */
export async function* writePart(head, body) {
  const line = Buffer.from(JSON.stringify(head));
  yield* [count(line.length), line];
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    if (bytes.length > 0) yield* [count(bytes.length), bytes];
  }
  yield count(0);
}

function count(length) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

/** Yields { head, body } for each part. Each body must be read to its end before the next part is asked for. */
export async function* readParts(source) {
  const read = reader(source);
  for (;;) {
    const length = await read.count();
    if (length === null) return;
    if (length > HEAD_BYTES_MAX) throw new Refusal("The backup is damaged: a part has no readable head.");
    const head = JSON.parse((await read.bytes(length)).toString("utf8"));
    yield { head, body: bodyOf(read) };
    if (head.part === "end") return;
  }
}

async function* bodyOf(read) {
  for (;;) {
    const length = await read.count();
    if (length === null || length > CHUNK_BYTES_MAX)
      throw new Refusal("The backup is damaged in the middle of a part.");
    if (length === 0) return;
    yield await read.bytes(length);
  }
}

function reader(source) {
  const iterator = source[Symbol.asyncIterator]();
  let waiting = [];
  let waitingBytes = 0;
  const fill = async (wanted) => {
    while (waitingBytes < wanted) {
      const { value, done } = await iterator.next();
      if (done) return false;
      waiting.push(value);
      waitingBytes += value.length;
    }
    return true;
  };
  const bytes = async (wanted) => {
    if (!(await fill(wanted)))
      throw new Refusal("The backup ends in the middle: part of the file is missing.");
    const all = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting);
    waiting = all.length > wanted ? [all.subarray(wanted)] : [];
    waitingBytes -= wanted;
    return all.subarray(0, wanted);
  };
  return {
    bytes,
    count: async () => (waitingBytes > 0 || (await fill(1)) ? (await bytes(4)).readUInt32BE() : null),
  };
}
