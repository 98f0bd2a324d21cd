/** Two texts as lines that were kept, added and removed: what a tool call's difference shows. For reading only; what is signed is drawn by the gate. */
export interface DiffLine {
  mark: " " | "+" | "-" | "~";
  text: string;
}

const CONTEXT = 3;
/** Above this many cells the middle is shown as removed and added whole. */
const CELLS_MAX = 1_000_000;

/** The difference with three lines of context; `~` stands for lines left out. `cut` says that lines above `linesMax` are missing. */
export function lineDiff(
  before: string,
  after: string,
  linesMax: number,
): { lines: DiffLine[]; added: number; removed: number; cut: boolean } {
  const whole = marked(splitLines(before), splitLines(after));
  const added = whole.filter((line) => line.mark === "+").length;
  const removed = whole.filter((line) => line.mark === "-").length;
  const lines = withContext(whole);
  return { lines: lines.slice(0, linesMax), added, removed, cut: lines.length > linesMax };
}

function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function marked(a: string[], b: string[]): DiffLine[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1;
  const kept = (lines: string[]): DiffLine[] => lines.map((text) => ({ mark: " ", text }));
  const middle = longestCommon(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [...kept(a.slice(0, head)), ...middle, ...kept(a.slice(a.length - tail))];
}

const removed = (text: string): DiffLine => ({ mark: "-", text });
const added = (text: string): DiffLine => ({ mark: "+", text });

/** The longest common subsequence, walked from the front; removals come before additions. */
function longestCommon(a: string[], b: string[]): DiffLine[] {
  if (a.length * b.length > CELLS_MAX) return [...a.map(removed), ...b.map(added)];
  const common = commonLengths(a, b);
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i] ?? "";
    const right = b[j] ?? "";
    if (left === right) {
      lines.push({ mark: " ", text: left });
      i += 1;
      j += 1;
    } else if (common(i + 1, j) >= common(i, j + 1)) {
      lines.push(removed(left));
      i += 1;
    } else {
      lines.push(added(right));
      j += 1;
    }
  }
  return [...lines, ...a.slice(i).map(removed), ...b.slice(j).map(added)];
}

/** How many lines the rests from `i` and `j` have in common. */
function commonLengths(a: string[], b: string[]): (i: number, j: number) => number {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const cell = (i: number, j: number): number => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i * width + j] =
        a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  return cell;
}

function withContext(lines: DiffLine[]): DiffLine[] {
  const near = new Uint8Array(lines.length);
  for (const [index, line] of lines.entries()) {
    if (line.mark === " ") continue;
    for (let at = Math.max(0, index - CONTEXT); at <= Math.min(lines.length - 1, index + CONTEXT); at += 1)
      near[at] = 1;
  }
  const shown: DiffLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (near[index] === 1) shown.push(line);
    else if (shown.at(-1)?.mark !== "~") shown.push({ mark: "~", text: "" });
  }
  return shown;
}
