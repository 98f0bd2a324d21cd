import { describe, expect, test } from "vitest";
import type { HoldView } from "../holds/present.ts";
import type { NumberedEvent, RunView, TaskView } from "./present.ts";
import { addEvents, conversationRows, createConversation } from "./rows.ts";

const RUN: RunView = {
  id: "run_1",
  number: 1,
  state: "running",
  result: "",
  error: "",
  resumeAt: null,
  createdAt: 0,
  startedAt: 0,
  endedAt: null,
};
const TASK: TaskView = {
  id: "job_1",
  title: "Fix it",
  prompt: "Fix it",
  agent: "claude",
  state: "running",
  refusal: null,
  workstation: { id: "ws_1", name: "atlas" },
  repository: null,
  schedule: null,
  branch: null,
  createdBy: "Robin",
  createdAt: 0,
  runs: [RUN],
  holds: [],
  questions: [],
  marks: [],
  waits: null,
  asks: [],
  decisionPrompts: [],
  tokens: { input: 0, cachedInput: 0, output: 0, calls: 0, dollars: 0 },
  progress: null,
  tests: null,
  can: { prompt: true, interrupt: true, cancel: true, retry: false, answer: true },
};
const EVENTS: NumberedEvent[] = [
  { seq: 1, at: 10, kind: "prompt", prompt: "p1", text: "Fix it" },
  {
    seq: 2,
    at: 20,
    kind: "tool",
    call: "c1",
    title: "npm test",
    tool: "execute",
    status: "in_progress",
    paths: [],
    preview: "",
  },
  { seq: 3, at: 30, kind: "message", text: "Looking" },
  {
    seq: 4,
    at: 40,
    kind: "tool",
    call: "c1",
    title: "",
    tool: "execute",
    status: "completed",
    paths: [],
    preview: "ok",
  },
];
const hold = (id: string, createdAt: number): HoldView => ({
  id,
  run: "run_1",
  kind: "git.push",
  state: "pending",
  title: id,
  verb: "Push",
  target: "",
  facts: [],
  flags: [],
  words: "",
  outcome: "",
  supersededBy: null,
  createdAt,
  expiresAt: 0,
  decidedAt: null,
  endedAt: null,
  href: "",
});
const kinds = (task: TaskView, events: NumberedEvent[] = EVENTS): string[] => {
  const conversation = createConversation();
  addEvents(conversation, "run_1", events);
  return conversationRows(conversation, task).map((row) => row.kind);
};

describe("a conversation", () => {
  test("shows a tool call once, where it began, as it ended", () => {
    const conversation = createConversation();
    addEvents(conversation, "run_1", EVENTS);
    const rows = conversationRows(conversation, TASK);
    expect(rows.map((row) => row.kind)).toEqual(["prompt", "tool", "message"]);
    expect(rows[1]).toMatchObject({
      key: "run_1.2",
      tool: { title: "npm test", status: "completed", preview: "ok" },
    });
  });

  test("is the same when events come twice, and in batches (invariant 10)", () => {
    const once = createConversation();
    addEvents(once, "run_1", EVENTS);
    const twice = createConversation();
    expect(addEvents(twice, "run_1", EVENTS.slice(0, 3))).toBe(true);
    expect(addEvents(twice, "run_1", EVENTS.slice(0, 2))).toBe(false);
    expect(addEvents(twice, "run_1", EVENTS.slice(1))).toBe(true);
    expect(conversationRows(twice, TASK)).toEqual(conversationRows(once, TASK));
  });

  test("tells once why a run failed, though three sources say it", () => {
    const words = "The repository could not be cloned.";
    const said: NumberedEvent[] = [
      { seq: 1, at: 10, kind: "failed", text: words },
      { seq: 2, at: 20, kind: "ended", error: words },
    ];
    const conversation = createConversation();
    addEvents(conversation, "run_1", said);
    const rows = conversationRows(conversation, {
      ...TASK,
      runs: [{ ...RUN, state: "failed", error: words, endedAt: 30 }],
    });
    expect(JSON.stringify(rows.filter((row) => row.kind !== "outcome")).split(words)).toHaveLength(2);
    expect(rows.at(-1)).toMatchObject({ kind: "outcome", words: "" });
  });

  test("puts holds where they happened", () => {
    expect(kinds({ ...TASK, holds: [hold("H-1", 25), hold("H-2", 99)] })).toEqual([
      "prompt",
      "tool",
      "hold",
      "message",
      "hold",
    ]);
  });

  test("begins with the task's words until the agent has them", () => {
    expect(kinds(TASK, [])).toEqual(["prompt"]);
    expect(kinds({ ...TASK, runs: [] }, [])).toEqual(["prompt"]);
  });

  test("tells a decision from a person's words", () => {
    const conversation = createConversation();
    addEvents(conversation, "run_1", [{ seq: 1, at: 1, kind: "prompt", prompt: "d1", text: "rejected" }]);
    expect(conversationRows(conversation, { ...TASK, decisionPrompts: ["d1"] })[0]).toMatchObject({
      source: "decision",
    });
    expect(conversationRows(conversation, TASK)[0]).toMatchObject({ source: "person" });
  });

  test("says why a run failed, and says it once", () => {
    const failed: RunView = { ...RUN, state: "failed", error: "out of memory", endedAt: 60 };
    const task = { ...TASK, runs: [failed] };
    const quiet = createConversation();
    addEvents(quiet, "run_1", EVENTS);
    expect(conversationRows(quiet, task).at(-1)).toMatchObject({ kind: "outcome", words: "out of memory" });
    addEvents(quiet, "run_1", [{ seq: 5, at: 50, kind: "ended", error: "out of memory" }]);
    expect(conversationRows(quiet, task).at(-1)).toMatchObject({ kind: "outcome", words: "" });
  });

  test("keeps one plan per turn and begins a new one with the next", () => {
    const plan = (seq: number): NumberedEvent => ({
      seq,
      at: seq,
      kind: "plan",
      entries: [{ text: `step ${seq}`, status: "pending" }],
    });
    const next: NumberedEvent = { seq: 7, at: 7, kind: "prompt", prompt: "p2", text: "And now?" };
    expect(kinds(TASK, [plan(5), plan(6), next, plan(8)])).toEqual(["plan", "prompt", "plan"]);
  });
});
