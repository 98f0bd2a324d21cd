/** One file of a push: every line, wrapped and never cut, so that nothing hides behind the right edge. */
import type { FileWire } from "../wire.ts";
import { append, type Child, h, icon } from "./dom.ts";
import { bytes, exactName, shortId, visible } from "./words.ts";

const STATUS_WORDS: Record<FileWire["status"], string> = {
  added: "added",
  deleted: "deleted",
  modified: "changed",
  "mode-changed": "mode changed",
  "type-changed": "type changed",
};

export function drawFile(file: FileWire, at: number): HTMLElement {
  const element = h(
    "details.file",
    { id: `file-${at}`, open: true },
    h(
      "summary",
      {},
      icon("chevron"),
      h(
        "span.status",
        { class: file.status, title: STATUS_WORDS[file.status] },
        file.status.charAt(0).toUpperCase(),
      ),
      exactName(file.path),
      h(
        "span.sum",
        {},
        h("span.plus", {}, `+${file.additions}`),
        " ",
        h("span.minus", {}, `−${file.deletions}`),
      ),
    ),
    facts(file),
    file.hunks === null
      ? notDrawn(file)
      : file.hunks.length === 0
        ? h("p.file-note", {}, "No line changes.")
        : h("div.code", { role: "group", "aria-label": `Lines of ${file.path}` }, file.hunks.map(drawHunk)),
  );
  const lines = file.hunks?.reduce((sum, hunk) => sum + hunk.lines.length, 0) ?? 1;
  // So that the scroll bar is right before a file was ever laid out.
  element.style.setProperty("--file-height", `${HEAD_REM + lines * LINE_REM}rem`);
  return element;
}

function facts(file: FileWire): Child {
  const parts: Child[] = [];
  if (file.commit !== undefined)
    parts.push("Only inside the history, in commit ", shortId(file.commit), ". ");
  if (file.status === "mode-changed" || (file.oldMode !== file.newMode && file.status === "modified"))
    parts.push(`Mode ${file.oldMode} → ${file.newMode}`);
  if (file.status === "type-changed") parts.push(`Kind ${file.oldMode} → ${file.newMode}`);
  if (file.status === "added" && file.newMode !== "100644") parts.push(modeWords(file.newMode));
  return parts.length === 0 ? null : h("p.file-note.strong", {}, parts);
}

function modeWords(mode: string): string {
  if (mode === "100755") return "Executable";
  if (mode === "120000") return "A symbolic link; its text is where it points";
  return mode === "160000" ? "A submodule: a commit of another repository" : `Mode ${mode}`;
}

function notDrawn(file: FileWire): HTMLElement {
  const size =
    file.status === "deleted"
      ? `${bytes(file.oldBytes)} go`
      : file.status === "added"
        ? bytes(file.newBytes)
        : `${bytes(file.oldBytes)} → ${bytes(file.newBytes)}`;
  return h(
    "p.file-note",
    {},
    "Cannot be drawn as text: ",
    size,
    ". Object ",
    shortId(file.status === "deleted" ? file.oldId : file.newId),
    ".",
  );
}

type Hunk = NonNullable<FileWire["hunks"]>[number];

/** Lines per block. The browser lays out only the blocks that are near the view; all of them are on the page and can be searched. */
const BLOCK_LINES = 200;
const LINE_REM = 1.2;
const HEAD_REM = 2.5;

function drawHunk(hunk: Hunk, at: number): HTMLElement {
  let [before, after] = [hunk.oldStart, hunk.newStart];
  const rows = hunk.lines.flatMap((line) => {
    const numbers = [line.mark === "+" ? "" : String(before), line.mark === "-" ? "" : String(after)];
    if (line.mark !== "+") before += 1;
    if (line.mark !== "-") after += 1;
    const row = drawLine(line, numbers[0] ?? "", numbers[1] ?? "");
    return line.noNewline ? [row, h("div.hunk-head", {}, "The file ends here, without a newline")] : [row];
  });
  const head = `from line ${hunk.newStart || hunk.oldStart}`;
  const inTheMiddle = at > 0 || hunk.oldStart > 1 || hunk.newStart > 1;
  return h(
    "div.hunk",
    {},
    inTheMiddle && h("div.hunk-head", {}, head),
    rows.length <= BLOCK_LINES ? rows : blocks(rows),
  );
}

function blocks(rows: HTMLElement[]): HTMLElement[] {
  return Array.from({ length: Math.ceil(rows.length / BLOCK_LINES) }, (_, at) => {
    const part = rows.slice(at * BLOCK_LINES, (at + 1) * BLOCK_LINES);
    const block = h("div.block", {}, part);
    block.style.setProperty("contain-intrinsic-size", `auto ${part.length * LINE_REM}rem`);
    return block;
  });
}

const LINE_CLASS = { "+": "plus-line", "-": "minus-line", " ": "same-line" } as const;

/** Two elements per line, since there may be a hundred thousand: numbers and mark are drawn by the style sheet from these attributes. */
function drawLine(line: Hunk["lines"][number], before: string, after: string): HTMLElement {
  const row = document.createElement("div");
  row.className = LINE_CLASS[line.mark];
  row.dataset["before"] = before;
  row.dataset["after"] = after;
  const text = document.createElement("span");
  text.className = "line-text";
  append(text, visible(line.text, "\t"));
  row.append(text);
  return row;
}
