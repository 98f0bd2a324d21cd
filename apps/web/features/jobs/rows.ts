/** The conversation as rows, from events, holds and what was asked: pure, so that it is the same after every reconnect. */
import type { QuestionView } from "../../ui/question-view.ts";
import type { HoldView } from "../holds/present.ts";
import type { AskView, EventView, NumberedEvent, RunView, TaskView } from "./present.ts";

export type ToolEvent = Extract<EventView, { kind: "tool" }>;
type Body =
  | { kind: "run"; run: RunView }
  | { kind: "prompt"; prompt: string | null; text: string; source: "person" | "decision" }
  | { kind: "message" | "thought" | "note" | "failed"; text: string }
  | { kind: "plan"; entries: { text: string; status: string }[] }
  | { kind: "tool"; run: string; tool: ToolEvent }
  | { kind: "hold"; hold: HoldView }
  | { kind: "question"; question: QuestionView }
  | { kind: "outcome"; run: RunView; words: string }
  | { kind: "ask"; ask: AskView };
export type Row = { key: string; at: number } & Body;

interface RunRows {
  lastSeq: number;
  rows: Row[];
  /** Where a tool call's row is, to be updated in place. */
  calls: Map<string, number>;
  /** The plan of the turn that is under way. */
  plan: number | null;
  prompted: boolean;
}

export interface Conversation {
  runs: Map<string, RunRows>;
}

export function createConversation(): Conversation {
  return { runs: new Map() };
}

/** Adds events of a run, in order. Events that were added before are left out, so sending twice draws once. Returns whether anything changed. */
export function addEvents(
  conversation: Conversation,
  run: string,
  events: readonly NumberedEvent[],
): boolean {
  const state = conversation.runs.get(run) ?? {
    lastSeq: 0,
    rows: [],
    calls: new Map(),
    plan: null,
    prompted: false,
  };
  conversation.runs.set(run, state);
  const before = state.lastSeq;
  for (const event of events) {
    if (event.seq <= state.lastSeq) continue;
    state.lastSeq = event.seq;
    addEvent(state, run, event);
  }
  return state.lastSeq !== before;
}

function addEvent(state: RunRows, run: string, event: NumberedEvent): void {
  const key = `${run}.${event.seq}`;
  const at = event.at;
  switch (event.kind) {
    case "prompt":
      state.plan = null;
      state.prompted = true;
      state.rows.push({ key, at, kind: "prompt", prompt: event.prompt, text: event.text, source: "person" });
      return;
    case "message":
    case "thought":
    case "note":
    case "failed":
      state.rows.push({ key, at, kind: event.kind, text: event.text });
      return;
    case "plan":
      state.plan = putAt(state.rows, state.plan, { key, at, kind: "plan", entries: event.entries });
      return;
    case "tool":
      addTool(state, run, key, event);
      return;
    case "ended":
      if (event.error !== null && !justSaid(state.rows, event.error))
        state.rows.push({ key, at, kind: "failed", text: event.error });
      return;
    case "started":
      if (event.resumed)
        state.rows.push({
          key,
          at,
          kind: "note",
          text: "The agent picked up its session where it had left it.",
        });
      return;
    case "turn":
    case "hold": // Drawn from the hold itself, which knows its newest state.
      return;
  }
}

function addTool(state: RunRows, run: string, key: string, event: NumberedEvent & ToolEvent): void {
  const index = state.calls.get(event.call);
  const known = index === undefined ? undefined : state.rows[index];
  const before = known?.kind === "tool" ? known.tool : undefined;
  const tool: ToolEvent = before
    ? {
        ...event,
        title: event.title || before.title,
        paths: event.paths.length > 0 ? event.paths : before.paths,
        preview: event.preview || before.preview,
      }
    : event;
  state.calls.set(
    event.call,
    putAt(state.rows, index ?? null, { key, at: event.at, kind: "tool", run, tool }),
  );
}

/** Replaces the row at `index` (keeping its key and time), or adds it; answers where it is. */
function putAt(rows: Row[], index: number | null, row: Row): number {
  const known = index === null ? undefined : rows[index];
  if (index === null || !known) return rows.push(row) - 1;
  rows[index] = { ...row, key: known.key, at: known.at };
  return index;
}

/** Everything in the order in which a person reads it. */
export function conversationRows(conversation: Conversation, task: TaskView): Row[] {
  const decisions = new Set(task.decisionPrompts);
  const rows: Row[] = [];
  const first = task.runs[0];
  const started = first ? conversation.runs.get(first.id)?.prompted === true : false;
  if (!started)
    rows.push({
      key: "task-prompt",
      at: task.createdAt,
      kind: "prompt",
      prompt: null,
      text: task.prompt,
      source: "person",
    });
  for (const run of task.runs) {
    if (run.number > 1) rows.push({ key: `run-${run.id}`, at: run.createdAt, kind: "run", run });
    const said = conversation.runs.get(run.id)?.rows ?? [];
    for (const row of woven(said, besides(task, run.id))) rows.push(withSource(row, decisions));
    if (run.endedAt !== null)
      rows.push({
        key: `outcome-${run.id}`,
        at: run.endedAt,
        kind: "outcome",
        run,
        words: outcomeWords(run, said),
      });
  }
  for (const ask of task.asks) rows.push({ key: `ask-${ask.key}`, at: ask.at, kind: "ask", ask });
  return rows;
}

/** Why a run ended as it did, unless the conversation has just said it. */
function outcomeWords(run: RunView, said: readonly Row[]): string {
  if (run.state === "succeeded") return "";
  const words = run.error || run.result;
  return justSaid(said, words) ? "" : words;
}

/** One thing is said once: the same words among the last rows are enough. */
function justSaid(said: readonly Row[], words: string): boolean {
  return said
    .slice(-3)
    .some((row) => (row.kind === "failed" || row.kind === "message") && row.text === words);
}

/** What happened in a run and is no event of it: holds, questions and what the run engine did, by time. */
function besides(task: TaskView, run: string): Row[] {
  const holds = task.holds
    .filter((hold) => hold.run === run)
    .map((hold): Row => ({ key: `hold-${hold.id}`, at: hold.createdAt, kind: "hold", hold }));
  const questions = task.questions
    .filter((question) => question.run === run)
    .map((question): Row => ({ key: question.id, at: question.createdAt, kind: "question", question }));
  const marks = task.marks
    .filter((mark) => mark.run === run)
    .map((mark): Row => ({ key: `mark-${mark.key}`, at: mark.at, kind: "note", text: mark.text }));
  return [...holds, ...questions, ...marks].toSorted((one, other) => one.at - other.at);
}

/** What is no event goes where it happened, by time; what was said keeps its order. */
function woven(said: readonly Row[], others: readonly Row[]): Row[] {
  if (others.length === 0) return [...said];
  const rows: Row[] = [];
  let next = 0;
  for (const row of said) {
    for (let other = others[next]; other && other.at < row.at; other = others[next]) {
      rows.push(other);
      next += 1;
    }
    rows.push(row);
  }
  return [...rows, ...others.slice(next)];
}

function withSource(row: Row, decisions: ReadonlySet<string>): Row {
  return row.kind === "prompt" && row.prompt !== null && decisions.has(row.prompt)
    ? { ...row, source: "decision" }
    : row;
}
