/** Commits and tags as they are stored, parsed here: `git log` would leave out what a mailmap, an encoding or a NUL hides (G5, G24). */
import { createHash } from "node:crypto";
import { Problem } from "@nightgate/shared/problems";
import type { PushCommit } from "../../../core/ports.ts";
import type { Git } from "../git-process.ts";
import { readObjects } from "./cat-file.ts";
import { utf8OrNull } from "./raw-entries.ts";

export interface ReadCommit extends PushCommit {
  tree: string;
  /** Names of headers that the page does not show as such. */
  unusualHeaders: string[];
}

export interface ReadTag {
  name: string;
  tagger: string;
  message: string;
  messageBytes: number;
  /** Of the message alone. */
  sha256: string;
  signed: boolean;
}

/** Reads commits in the given order. */
export async function readCommits(git: Git, dir: string, ids: readonly string[]): Promise<ReadCommit[]> {
  const bodies = await readObjects(git, dir, ids);
  return ids.map((id) => parseCommit(id, bodies.get(id) ?? Buffer.alloc(0)));
}

/** One line of a header, with its continuation lines; and where the message begins. */
function headersOf(body: Buffer): { headers: [name: string, value: string][]; message: Buffer } {
  const end = body.indexOf("\n\n");
  const head = end < 0 ? body : body.subarray(0, end);
  const headers: [string, string][] = [];
  for (const line of visibleBytes(head).split("\n")) {
    const last = headers.at(-1);
    if (line.startsWith(" ") && last !== undefined) last[1] += `\n${line.slice(1)}`;
    else headers.push([line.slice(0, Math.max(0, line.indexOf(" "))), line.slice(line.indexOf(" ") + 1)]);
  }
  return { headers, message: end < 0 ? Buffer.alloc(0) : body.subarray(end + 2) };
}

const USUAL = new Set(["tree", "parent", "author", "committer", "gpgsig", "gpgsig-sha256"]);

function parseCommit(id: string, body: Buffer): ReadCommit {
  const { headers, message } = headersOf(body);
  const value = (name: string): string => headers.find(([header]) => header === name)?.[1] ?? "";
  const author = personOf(value("author"));
  const committer = personOf(value("committer"));
  if (value("tree") === "" || author === null || committer === null)
    throw new Problem("git.content-refused", { why: `commit ${id} has no proper author, committer or tree` });
  return {
    id,
    tree: value("tree"),
    parents: headers.filter(([name]) => name === "parent").map(([, parent]) => parent),
    author: author.who,
    authoredAt: author.at,
    committer: committer.who,
    message: visibleBytes(message),
    messageBytes: message.length,
    signed: headers.some(([name]) => name.startsWith("gpgsig")),
    unusualHeaders: headers.map(([name]) => name).filter((name) => !USUAL.has(name)),
  };
}

/** Parses an annotated tag. */
export function parseTag(body: Buffer): ReadTag {
  const { headers, message } = headersOf(body);
  const value = (name: string): string => headers.find(([header]) => header === name)?.[1] ?? "";
  const text = visibleBytes(message);
  return {
    name: value("tag"),
    tagger: personOf(value("tagger"))?.who ?? "nobody",
    message: text,
    messageBytes: message.length,
    sha256: createHash("sha256").update(message).digest("hex"),
    signed: /-----BEGIN (PGP|SSH) SIGN/.test(text),
  };
}

/** `Name <mail> seconds zone`. */
function personOf(line: string): { who: string; at: Date } | null {
  const match = /^(.*<[^>]*>) (\d{1,14}) [+-]\d{4}$/s.exec(line);
  const [, who, seconds] = match ?? [];
  if (who === undefined || seconds === undefined) return null;
  const at = new Date(Number(seconds) * 1000);
  return { who, at: Number.isNaN(at.getTime()) ? new Date(0) : at };
}

/** UTF-8 as text; bytes that are none as \xNN, so that nothing is lost or guessed. */
function visibleBytes(bytes: Buffer): string {
  const text = utf8OrNull(bytes);
  if (text !== null) return text;
  return bytes
    .toString("latin1")
    .replace(/[\u0080-\u00ff]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`);
}
