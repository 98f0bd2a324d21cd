/**
 * What an upstream says while a client fetches (`remote: ...`) goes into a terminal: git of today writes it there as it is, escapes
 * included (G35). This cleans it on the way, byte for byte, so that no length changes and the pack itself is never touched. A ref whose
 * name a terminal may obey is left out: there is no other name under which git could ask for it.
 */
import { Transform } from "node:stream";
import { passed } from "../../../net/spent-buffers.ts";
import { secretForms } from "../upstream/complaints.ts";

const PROGRESS = 2;
const FATAL = 3;
const QUESTION_MARK = 0x3f;
const ASTERISK = 0x2a;

/** An object id and a space: a line of the list of refs begins like this. */
const ID_AND_SPACE = 41;

/** A stream of upload-pack's packets, with sideband texts and ERR packets cleaned of control characters and of the credential. */
export function cleanSideband(credential: string | null): Transform {
  const secrets = credential === null ? [] : secretForms(credential).map((form) => Buffer.from(form));
  let held: Buffer = Buffer.alloc(0);
  /** Bytes of a packet of pack data that are still to come. */
  let passing = 0;
  /** Without side-band the pack follows unframed: nothing is to be cleaned in it. */
  let raw = false;

  function step(push: (bytes: Buffer) => void): boolean {
    if (raw || passing > 0) {
      const bytes = raw ? held : held.subarray(0, passing);
      if (!raw) passing -= bytes.length;
      held = held.subarray(bytes.length);
      push(bytes);
      return held.length > 0;
    }
    if (held.length < 5) {
      if (held.length < 4) return false;
      if (lengthOf(held) >= 5) return false;
    }
    const length = lengthOf(held);
    if (Number.isNaN(length)) raw = true;
    else if (length < 5) take(4, push);
    else if (isRead(held, length)) return held.length >= length && read(length, push);
    else passing = length;
    return held.length > 0;
  }
  function take(length: number, push: (bytes: Buffer) => void): void {
    push(held.subarray(0, length));
    held = held.subarray(length);
  }
  function read(length: number, push: (bytes: Buffer) => void): boolean {
    const packet = Buffer.from(held.subarray(0, length));
    held = held.subarray(length);
    const line = packet.subarray(4);
    if (isText(packet)) cleanInPlace(line, secrets);
    else if (isUnfitRef(line)) return held.length > 0;
    push(packet);
    return held.length > 0;
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed(chunk);
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      while (step((bytes) => void this.push(bytes)));
      done();
    },
    flush(done) {
      // A packet that broke off: the client is to see that it did, but not its text.
      if (held.length > 0) this.push(held.subarray(0, 4));
      done();
    },
  });
}

/** NaN where no packet begins. */
function lengthOf(bytes: Buffer): number {
  const head = bytes.subarray(0, 4).toString("latin1");
  return /^[0-9a-fA-F]{4}$/.test(head) ? Number.parseInt(head, 16) : Number.NaN;
}

function isText(bytes: Buffer): boolean {
  return bytes[4] === PROGRESS || bytes[4] === FATAL || bytes[4] === 0x45;
}

/** Whether a packet is read, and so waited for. */
function isRead(bytes: Buffer, length: number): boolean {
  return isText(bytes) || mayBeRef(bytes, length);
}

/** By what is there of it; a packet that may be one is waited for, which for none of the others is long. */
function mayBeRef(bytes: Buffer, length: number): boolean {
  if (length < 4 + ID_AND_SPACE) return false;
  const beginning = bytes.subarray(4, 4 + ID_AND_SPACE).toString("latin1");
  return beginning.length < ID_AND_SPACE ? /^[0-9a-f]+$/.test(beginning) : /^[0-9a-f]{40} $/.test(beginning);
}

/** The first line of all has what the upstream can do behind a NUL; the last byte may be a line break. */
function isUnfitRef(line: Buffer): boolean {
  return line.some((byte, at) => isC1At(line, at) || (isControl(byte) && byte !== 0) || byte === 0x0d);
}

function cleanInPlace(text: Buffer, secrets: readonly Buffer[]): void {
  for (const secret of secrets) {
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret))
      text.fill(ASTERISK, at, at + secret.length);
  }
  // The first byte of a sideband packet is its band.
  for (let at = text[0] === 0x45 ? 0 : 1; at < text.length; at += 1) {
    const isC1 = isC1At(text, at);
    if (isC1) text[at + 1] = QUESTION_MARK;
    if (isC1 || isControl(text[at] ?? 0)) text[at] = QUESTION_MARK;
  }
}

/** All of C0 and DEL, but tab, newline and the carriage return that progress meters use. */
function isControl(byte: number): boolean {
  return byte === 0x7f || (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
}

/** U+0080 to U+009F, in UTF-8: some terminals take them for escapes. */
function isC1At(text: Buffer, at: number): boolean {
  const next = text[at + 1] ?? 0;
  return text[at] === 0xc2 && next >= 0x80 && next <= 0x9f;
}
