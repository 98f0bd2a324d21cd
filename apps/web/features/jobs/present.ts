/** Every field of a task that leaves the server, listed. Long texts are cut here; the whole of a tool call is asked for on its own. */
import { type RunEventBody, runEventBody } from "@nightgate/shared/run-events";
import { RUN_STATES, type RunState } from "@nightgate/shared/run-states";
import type { TestCounts } from "@nightgate/shared/verbs/human-verbs";
import { limits } from "../../limits.ts";
import { cut, milliseconds } from "../../server/plain.ts";
import type { QuestionView } from "../../ui/question-view.ts";
import type { TaskState } from "../../ui/task-states.ts";
import type { HoldView } from "../holds/present.ts";
import type { TaskAbilities } from "./policy.ts";

export interface RunView {
  id: string;
  number: number;
  state: RunState;
  result: string;
  error: string;
  /** Milliseconds since the epoch, here and in every `At` below. */
  resumeAt: number | null;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
}

/** What the run engine did with a run, and why. */
export interface MarkView {
  key: string;
  run: string;
  text: string;
  at: number;
}

/** Something that was asked and has not happened (yet): waits for the runner or the agent, or was refused. */
export interface AskView {
  key: string;
  kind: "prompt" | "decision" | "peer" | "platform" | "retry" | "interrupt" | "cancel";
  text: string;
  error: string | null;
  at: number;
}

export interface TaskView {
  id: string;
  title: string;
  prompt: string;
  agent: string;
  state: TaskState;
  /** Why it was not accepted, when it was not. */
  refusal: string | null;
  workstation: { id: string; name: string };
  repository: { id: string; name: string } | null;
  /** The schedule that runs it, and when next; null for a task that nobody scheduled. */
  schedule: { id: string; name: string; nextAt: number | null; paused: boolean } | null;
  branch: string | null;
  createdBy: string;
  createdAt: number;
  runs: RunView[];
  holds: HoldView[];
  /** What the agent asked people, and what it told them. */
  questions: QuestionView[];
  marks: MarkView[];
  /** Why its queued run has not begun. */
  waits: string | null;
  asks: AskView[];
  /** The prompts that told the agent of a decision, or were the platform's own: not a person's words. */
  decisionPrompts: string[];
  /** `dollars` is null as soon as one model's price is not known. */
  tokens: { input: number; cachedInput: number; output: number; calls: number; dollars: number | null };
  /** How far the agent says it is; null where it has not said. */
  progress: { words: string; percent: number | null; at: number } | null;
  /** How its tests went in its latest run, by the agent's words; null where it has not said. */
  tests: TestCounts | null;
  can: TaskAbilities;
}

/** One event as the conversation needs it. */
export type EventView =
  | { kind: "prompt"; prompt: string; text: string }
  | { kind: "message" | "thought" | "note" | "failed"; text: string }
  | { kind: "plan"; entries: { text: string; status: string }[] }
  | {
      kind: "tool";
      call: string;
      title: string;
      tool: string;
      status: "pending" | "in_progress" | "completed" | "failed";
      paths: string[];
      preview: string;
    }
  | { kind: "started"; agent: string; resumed: boolean }
  | { kind: "ended"; error: string | null }
  | { kind: "turn"; stopReason: string }
  | { kind: "hold"; hold: string; state: string; words: string };
export type NumberedEvent = { seq: number; at: number } & EventView;

/** What the database gives for an event: a tool call comes without its input, output and differences. */
export interface EventRow {
  seq: number;
  at: Date;
  body: unknown;
}

const UNREADABLE: EventView = { kind: "note", text: "An event that this version of Nightgate cannot show." };

export function presentEvent(row: EventRow): NumberedEvent {
  const body = runEventBody.safeParse(row.body);
  return {
    seq: row.seq,
    at: row.at.getTime(),
    ...(body.success ? presentBody(body.data, row.body) : UNREADABLE),
  };
}

function presentBody(body: RunEventBody, raw: unknown): EventView {
  switch (body.kind) {
    case "prompt":
      return { kind: "prompt", prompt: body.prompt, text: cut(body.text) };
    case "agent.message":
      return { kind: "message", text: cut(body.text) };
    case "agent.thought":
      return { kind: "thought", text: cut(body.text) };
    case "note":
      return { kind: "note", text: cut(body.text) };
    case "tool":
      return {
        kind: "tool",
        call: body.call,
        title: cut(body.title, 400),
        tool: body.tool,
        status: body.status,
        ...foldedTool(raw),
      };
    case "plan":
      return {
        kind: "plan",
        entries: body.entries.map((entry) => ({ text: cut(entry.text, 2_000), status: entry.status })),
      };
    case "turn.ended":
      return { kind: "turn", stopReason: body.stopReason };
    case "turn.failed":
      return { kind: "failed", text: cut(body.message, 8_000) };
    case "session.started":
      return { kind: "started", agent: body.agent, resumed: body.resumed };
    case "session.ended":
      return { kind: "ended", error: body.error === null ? null : cut(body.error, 8_000) };
    case "hold":
      return { kind: "hold", hold: body.hold, state: body.state, words: cut(body.words, 8_000) };
  }
}

/** What the query left of a tool call's input and output (see queries.ts): the paths of its differences and the beginning of its output. */
function foldedTool(raw: unknown): { paths: string[]; preview: string } {
  const folded =
    typeof raw === "object" && raw !== null ? (raw as { paths?: unknown; preview?: unknown }) : {};
  const paths = Array.isArray(folded.paths)
    ? folded.paths.filter((path): path is string => typeof path === "string").slice(0, 20)
    : [];
  return { paths, preview: typeof folded.preview === "string" ? firstLine(folded.preview) : "" };
}

/** The first line that says something; git's "remote:" in front of it says nothing. */
function firstLine(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^remote:/, "").trim());
  return cut(lines.find((line) => line !== "") ?? "", limits.toolPreviewCharactersMax);
}

export interface RunRow {
  id: string;
  state: string;
  result: string;
  error: string;
  resumeAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** A run; `number` counts from 1 within its job. */
export function presentRun(row: RunRow, number: number): RunView {
  return {
    id: row.id,
    number,
    state: RUN_STATES.find((state) => state === row.state) ?? "failed",
    result: cut(row.result, 20_000),
    error: cut(row.error, 8_000),
    resumeAt: milliseconds(row.resumeAt),
    createdAt: row.createdAt.getTime(),
    startedAt: milliseconds(row.startedAt),
    endedAt: milliseconds(row.endedAt),
  };
}

/** A repository's name from its URL, for when the policy no longer knows the resource: its last two segments. */
export function repositoryName(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  return (
    path
      .replace(/\.git$/, "")
      .split("/")
      .filter(Boolean)
      .slice(-2)
      .join("/") || url
  );
}

/** The first line of a prompt, short enough for a list. */
export function titleOf(prompt: string): string {
  const line = prompt.trim().split("\n")[0] ?? "";
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
