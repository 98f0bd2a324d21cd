/** Turns entries of a difference into files that a page can draw, and lists with size and digest what it cannot (invariant 3). */
import { Problem } from "@nightgate/shared/problems";
import type { DiffHunk, PushFile } from "../../../core/ports.ts";
import type { Git } from "../git-process.ts";
import { objectInfo, type ObjectInfo, readTexts, sha256OfBlobs } from "./cat-file.ts";
import { drawHunks, type TextPair } from "./hunks.ts";
import type { RawEntry } from "./raw-entries.ts";

export interface Undrawn {
  what: string;
  bytes: number;
  digest: string;
}

export interface DrawnFile {
  file: PushFile;
  /** The texts that were compared; null where there is none or it is not text. */
  oldText: string | null;
  newText: string | null;
}

export type PushEntry = RawEntry & { ref: string; commit?: string };

const SUBMODULE = "160000";
const NO_MODE = "000000";

/** Draws entries in their order while limits.drawnBytesMax lasts. Throws a Problem if more is left undrawn than anybody would tick. */
export async function drawFiles(
  git: Git,
  dir: string,
  entries: readonly PushEntry[],
): Promise<{ drawn: DrawnFile[]; undrawn: Undrawn[] }> {
  checkPaths(git, entries);
  const info = await objectInfo(git, dir, [...new Set(entries.flatMap((entry) => blobsOf(entry)))]);
  const wanted = wantedBlobs(git, entries, info);
  const texts = await readTexts(git, dir, [...wanted]);
  const pairs = entries.map((entry) => pairOf(entry, texts));
  const hunks = await drawHunks(git, dir, pairs);
  const drawn = entries.map((entry, index) =>
    drawnFile(entry, pairs[index] ?? { old: null, new: null }, hunks[index] ?? [], info),
  );
  return {
    drawn,
    undrawn: await listUndrawn(
      git,
      dir,
      drawn.map(({ file }) => file),
    ),
  };
}

function checkPaths(git: Git, entries: readonly PushEntry[]): void {
  const { filesMax, pathBytesMax } = git.limits;
  if (entries.length > filesMax)
    throw new Problem("git.too-large", {
      what: `it changes ${entries.length} files`,
      limit: String(filesMax),
    });
  const long = entries.find(({ path }) => Buffer.byteLength(path) > pathBytesMax);
  if (long !== undefined)
    throw new Problem("git.too-large", {
      what: `the path ${long.path.slice(0, 60)}... is ${Buffer.byteLength(long.path)} bytes long`,
      limit: `${pathBytesMax} bytes`,
    });
}

function blobsOf(entry: RawEntry): string[] {
  const sides = [
    [entry.oldMode, entry.oldId],
    [entry.newMode, entry.newId],
  ] as const;
  return sides.filter(([mode]) => mode !== NO_MODE && mode !== SUBMODULE).map(([, id]) => id);
}

/** The blobs that are read to be drawn. The same entries under the same limits always give the same answer: what is ticked depends on it. */
function wantedBlobs(git: Git, entries: readonly PushEntry[], info: Map<string, ObjectInfo>): Set<string> {
  const { drawnFileBytesMax, drawnBytesMax } = git.limits;
  const wanted = new Set<string>();
  let left = drawnBytesMax;
  for (const entry of entries) {
    if (entry.status === "mode-changed") continue;
    const ids = blobsOf(entry).filter((id) => (info.get(id)?.bytes ?? 0) <= drawnFileBytesMax);
    const bytes = ids.reduce((sum, id) => sum + (info.get(id)?.bytes ?? 0), 0);
    if (bytes > left) continue;
    left -= bytes;
    for (const id of ids) wanted.add(id);
  }
  return wanted;
}

function pairOf(entry: PushEntry, texts: Map<string, string>): TextPair {
  const side = (mode: string, id: string): { id: string; text: string } | null => {
    const text = mode === NO_MODE || mode === SUBMODULE ? undefined : texts.get(id);
    return text === undefined ? null : { id, text };
  };
  const newSide = side(entry.newMode, entry.newId);
  const newIsBlob = entry.newMode !== NO_MODE && entry.newMode !== SUBMODULE;
  // A new content that cannot be drawn is listed, not shown as a removal of the old one.
  if (entry.status === "mode-changed" || (newIsBlob && newSide === null)) return { old: null, new: null };
  return { old: side(entry.oldMode, entry.oldId), new: newSide };
}

function drawnFile(
  entry: PushEntry,
  pair: TextPair,
  hunks: DiffHunk[],
  info: Map<string, ObjectInfo>,
): DrawnFile {
  const bytes = (id: string): number => info.get(id)?.bytes ?? 0;
  const newIsBlob = entry.newMode !== NO_MODE && entry.newMode !== SUBMODULE;
  const isUndrawn = newIsBlob && entry.status !== "mode-changed" && pair.new === null;
  const all = [...submoduleHunks(entry), ...hunks];
  const count = (mark: "+" | "-"): number =>
    all.reduce((sum, { lines }) => sum + lines.filter((line) => line.mark === mark).length, 0);
  const file: PushFile = {
    ref: entry.ref,
    path: entry.path,
    ...(entry.commit === undefined ? {} : { commit: entry.commit }),
    status: entry.status,
    oldMode: entry.oldMode,
    newMode: entry.newMode,
    oldId: entry.oldId,
    newId: entry.newId,
    oldBytes: bytes(entry.oldId),
    newBytes: bytes(entry.newId),
    hunks: isUndrawn ? null : all,
    additions: count("+"),
    deletions: count("-"),
  };
  return { file, oldText: pair.old?.text ?? null, newText: pair.new?.text ?? null };
}

/** A submodule has no content here, only the commit that it names. */
function submoduleHunks(entry: PushEntry): DiffHunk[] {
  const lines: DiffHunk["lines"] = [];
  if (entry.oldMode === SUBMODULE) lines.push({ mark: "-", text: `Subproject commit ${entry.oldId}` });
  if (entry.newMode === SUBMODULE) lines.push({ mark: "+", text: `Subproject commit ${entry.newId}` });
  return lines.length === 0 ? [] : [{ oldStart: 1, newStart: 1, lines }];
}

async function listUndrawn(git: Git, dir: string, files: readonly PushFile[]): Promise<Undrawn[]> {
  const listed = files.filter(({ hunks }) => hunks === null);
  if (listed.length > git.limits.undrawnMax)
    throw new Problem("git.content-refused", {
      why: `more than ${git.limits.undrawnMax} files in it cannot be drawn`,
    });
  const digests = await sha256OfBlobs(git, dir, [...new Set(listed.map(({ newId }) => newId))]);
  return listed.map((file) => ({
    what: undrawnName(file),
    bytes: file.newBytes,
    digest: digests.get(file.newId) ?? "",
  }));
}

/** How an undrawn file is called in the card. */
export function undrawnName(file: Pick<PushFile, "path" | "commit">): string {
  return file.commit === undefined ? file.path : `${file.path} (only in commit ${file.commit.slice(0, 12)})`;
}
