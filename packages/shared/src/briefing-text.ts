/** The briefing as plain text, for channels that show nothing else. What an agent wrote stands in quotes, made visible and cut. */
import { type Briefing, type BriefingRun, count, dollars, testWords } from "./briefing.ts";
import { visibleText } from "./visible-text.ts";

export interface BriefingTextOptions {
  /** For times of day. */
  timeZone: string;
  /** web's origin and the gate's: what the text leads to. */
  webOrigin: string;
  gateOrigin: string;
  charactersMax: number;
}

const LINES_PER_PART = 8;
const TITLE_MAX = 100;
const WORDS_MAX = 160;

/** Lines of plain text, never longer than `charactersMax`: what does not fit is counted and not shown. */
export function briefingText(briefing: Briefing, options: BriefingTextOptions): string {
  const { webOrigin, gateOrigin } = options;
  const time = timeOf(options.timeZone);
  const parts: [string, string[]][] = [
    ["Went wrong", briefing.failures.map((run) => runLine(run, run.error))],
    [
      "Waits for you",
      briefing.waiting.map(({ hold, title, dangers }) => {
        const marked = dangers > 0 ? ` (${count(dangers, "danger", "dangers")} marked)` : "";
        return `${cut(title, TITLE_MAX)}${marked}\n  ${gateOrigin}/holds/${hold}`;
      }),
    ],
    [
      "Asked",
      briefing.questions.map(
        ({ workstation, text }) => `the agent on ${visibleText(workstation)} asks: ${quoted(text)}`,
      ),
    ],
    ["Done", briefing.results.map((run) => runLine(run, run.result))],
    ["Still going", briefing.going.map((run) => runLine(run, ""))],
    [
      "Notes",
      briefing.notes.map(({ workstation, text }) => `from ${visibleText(workstation)}: ${quoted(text)}`),
    ],
    [
      "Next",
      briefing.next.map(
        ({ at, name, workstation }) => `${time(at)} ${cut(name, TITLE_MAX)} on ${visibleText(workstation)}`,
      ),
    ],
  ];
  const head = `${briefing.headline}.${costLine(briefing)}`;
  const body = parts.flatMap(([title, lines]) => (lines.length === 0 ? [] : [partOf(title, lines)]));
  return fit([head, ...body, `${webOrigin}/briefing`], options.charactersMax);
}

function runLine(run: BriefingRun, words: string): string {
  const facts = [
    run.diff !== null &&
      `${count(run.diff.files, "file", "files")} +${run.diff.additions} -${run.diff.deletions}`,
    run.tests !== null && testWords(run.tests),
    run.cost !== null && dollars(run.cost),
  ].filter((fact) => fact !== false);
  const state =
    run.state === "succeeded" || run.state === "failed" ? "" : ` (${run.state.replace("_", " ")})`;
  const said = words.trim() === "" ? "" : `: ${quoted(words)}`;
  const known = facts.length === 0 ? "" : ` [${facts.join(", ")}]`;
  return `${visibleText(run.workstation)}: ${cut(run.title, TITLE_MAX)}${state}${known}${said}`;
}

function costLine({ cost, costUnknown }: Briefing): string {
  const unknown = costUnknown === 0 ? "" : `${count(costUnknown, "task's", "tasks'")} cost is not known`;
  if (cost === 0) return unknown === "" ? "" : ` (${unknown})`;
  return ` It cost ${dollars(cost)}${unknown === "" ? "" : `; ${unknown}`}.`;
}

function partOf(title: string, lines: readonly string[]): string {
  const more = lines.length - LINES_PER_PART;
  const shown = lines.slice(0, LINES_PER_PART).map((line) => `- ${line}`);
  return [`${title}:`, ...shown, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n");
}

/** Marks what somebody else wrote: in quotation marks that it cannot close. */
export function quoted(text: string, charactersMax = WORDS_MAX): string {
  return `“${cut(text.replaceAll(/[“”]/gu, '"'), charactersMax)}”`;
}

function cut(text: string, charactersMax: number): string {
  const characters = Array.from(visibleText(text.replaceAll(/\s+/gu, " ").trim()));
  return characters.length <= charactersMax
    ? characters.join("")
    : `${characters.slice(0, charactersMax - 1).join("")}…`;
}

function timeOf(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (at) => format.format(at);
}

/** Whole parts while they fit; the last one leads to the page. */
function fit(parts: readonly string[], charactersMax: number): string {
  const [last = ""] = parts.slice(-1);
  let text = "";
  for (const part of parts.slice(0, -1)) {
    const next = text === "" ? part : `${text}\n\n${part}`;
    if (next.length + last.length + 2 > charactersMax) break;
    text = next;
  }
  return `${text}\n\n${last}`.slice(0, charactersMax);
}
