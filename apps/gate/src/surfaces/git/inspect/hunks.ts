/**
 * Unified hunks between pairs of blobs. git compares them under names of our own, so that no path, attribute or driver of the
 * push has a say; and each result is checked by applying it: old text and hunks must give the new text.
 */
import { Problem } from "@nightgate/shared/problems";
import type { DiffHunk } from "../../../core/ports.ts";
import type { Git } from "../git-process.ts";
import { withScratch } from "./scratch.ts";

export interface TextPair {
  /** Id and text; null for "no file". */
  old: { id: string; text: string } | null;
  new: { id: string; text: string } | null;
}

/** One list of hunks per pair, in the same order. */
export async function drawHunks(git: Git, dir: string, pairs: readonly TextPair[]): Promise<DiffHunk[][]> {
  if (pairs.length === 0) return [];
  const patch = await withScratch(dir, async ({ env, settings }) => {
    const tree = async (side: "old" | "new"): Promise<string> => {
      const lines = pairs.flatMap((pair, index) =>
        pair[side] === null ? [] : [`100644 blob ${pair[side].id}\t${nameOf(index)}\0`],
      );
      return (await git.must({ args: ["mktree", "-z"], dir, env, settings, input: lines.join("") }))
        .toString("latin1")
        .trim();
    };
    const trees = [await tree("old"), await tree("new")];
    return git.must({
      args: [
        "--no-replace-objects",
        "diff-tree",
        "-r",
        "-p",
        "-U3",
        "--text",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--full-index",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        ...trees,
      ],
      dir,
      env,
      settings,
    });
  });
  const drawn = parsePatch(patch.toString("utf8"));
  return pairs.map((pair, index) => {
    const hunks = drawn.get(nameOf(index)) ?? [];
    if (apply(pair.old?.text ?? "", hunks) !== (pair.new?.text ?? ""))
      throw new Problem("git.broken", {
        what: "drawing the push",
        why: "a difference does not lead from the old text to the new one",
      });
    return hunks;
  });
}

function nameOf(index: number): string {
  return `f${String(index).padStart(6, "0")}`;
}

/** Reads hunks by the counts in their heads, so that no content can pass for a head. */
function parsePatch(patch: string): Map<string, DiffHunk[]> {
  const files = new Map<string, DiffHunk[]>();
  const lines = patch.split("\n");
  let current: DiffHunk[] | null = null;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const file = /^diff --git a\/(f\d{6}) b\/f\d{6}$/.exec(line)?.[1];
    if (file !== undefined) files.set(file, (current = []));
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (head === null || current === null) continue;
    const hunk: DiffHunk = { oldStart: Number(head[1]), newStart: Number(head[3]), lines: [] };
    at = readHunk(lines, at + 1, hunk, Number(head[2] ?? 1), Number(head[4] ?? 1)) - 1;
    current.push(hunk);
  }
  return files;
}

/** Reads `oldLeft` and `newLeft` lines into the hunk; answers where it ends. */
function readHunk(
  lines: readonly string[],
  from: number,
  hunk: DiffHunk,
  oldCount: number,
  newCount: number,
): number {
  let [oldLeft, newLeft, at] = [oldCount, newCount, from];
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const last = hunk.lines.at(-1);
    if (line.startsWith("\\") && last !== undefined) {
      last.noNewline = true;
      continue;
    }
    if (oldLeft <= 0 && newLeft <= 0) break;
    const mark = line.charAt(0);
    if (mark !== " " && mark !== "+" && mark !== "-")
      throw new Problem("git.broken", { what: "drawing the push", why: "a difference cannot be read" });
    if (mark !== "+") oldLeft -= 1;
    if (mark !== "-") newLeft -= 1;
    hunk.lines.push({ mark, text: line.slice(1) });
  }
  return at;
}

/** The new text that the hunks make of `old`; something else than the new text if they do not fit. */
function apply(old: string, hunks: readonly DiffHunk[]): string {
  const source = old === "" ? [] : old.split(/(?<=\n)/);
  const made: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    const touchesOld = hunk.lines.some(({ mark }) => mark !== "+");
    // A hunk without old lines names the line after which it stands.
    const begin = touchesOld ? hunk.oldStart - 1 : hunk.oldStart;
    for (; at < begin; at += 1) made.push(source[at] ?? "");
    for (const { mark, text, noNewline } of hunk.lines) {
      const line = noNewline === true ? text : `${text}\n`;
      if (mark !== "+" && source[at++] !== line) return `${made.join("")}\0 does not fit`;
      if (mark !== "-") made.push(line);
    }
  }
  return made.join("") + source.slice(at).join("");
}
