// A child's log: appended to, with a limit. At the limit the file becomes NAME.log.1, and what was there is gone.
import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

const LOG_BYTES_MAX = 10 * 1024 * 1024;

/**
 * Answers { write, close, path }. Written at once: what a dying process says last is what one wants to read. Where the disk has no room
 * the words are lost and counted: a log that cannot be written ends nobody.
 */
export function openLog(path, bytesMax = LOG_BYTES_MAX) {
  let file = openSync(path, "a", 0o600);
  let closed = false;
  let lostBytes = 0;
  let size = fstatSync(file).size;
  const turnOver = () => {
    closeSync(file);
    if (existsSync(path)) renameSync(path, `${path}.1`);
    file = openSync(path, "a", 0o600);
    size = 0;
  };
  return {
    path,
    write(chunk) {
      if (closed) return;
      try {
        if (size + chunk.length > bytesMax && size > 0) turnOver();
        if (lostBytes > 0) size += writeSync(file, `--- ${lostBytes} bytes are lost: the disk was full\n`);
        lostBytes = 0;
        size += writeSync(file, chunk);
      } catch (error) {
        if (error.code !== "ENOSPC" && error.code !== "EDQUOT") throw error;
        lostBytes += chunk.length;
      }
    },
    /** May be called again; what is written afterwards is lost. */
    close() {
      if (!closed) closeSync(file);
      closed = true;
    },
  };
}
