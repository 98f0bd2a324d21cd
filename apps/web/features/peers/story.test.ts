/** Messages in words: how each kind ends, and what comes next. */
import { expect, test } from "vitest";
import { type MessageRow, presentMessage } from "./present.ts";
import { storyOf, whatIsNext } from "./story.ts";

const row: MessageRow = {
  id: "msg_1",
  group_id: null,
  kind: "ask",
  state: "queued",
  from_person: null,
  from_name: "atlas/claude (run_1, at work on “x”)",
  from_workstation: "atlas",
  from_agent: "claude",
  from_job: "job_1",
  from_title: "Migrate",
  from_ended: false,
  to_peer: "borealis",
  to_workstation: "borealis",
  to_agent: null,
  to_run_id: null,
  to_job: null,
  to_title: null,
  text: "Which table?",
  answer: null,
  answer_is_last_words: false,
  told_at: null,
  created_at: new Date(0),
  deadline: new Date(1),
  closed_at: null,
};
const told = (change: Partial<MessageRow>, ...stages: string[]): string[] => {
  const changed = { ...row, ...change };
  const stage = { words: "", at: new Date(0), job: null, title: null };
  return storyOf(
    presentMessage(changed, 100),
    changed,
    stages.map((name, number) => ({ ...stage, stage: name, number })),
  ).map(({ what }) => what);
};
const next = (change: Partial<MessageRow>): string | null =>
  whatIsNext(presentMessage({ ...row, ...change }, 100), { ...row, ...change });

test("last words are said to be last words, and a note is told, not asked", () => {
  expect(told({ answer_is_last_words: true }, "written", "answered")).toEqual([
    "claude on atlas asks borealis",
    "borealis ended its work without saying answer; its last words count as one",
  ]);
  expect(told({ kind: "notify" }, "written", "expired")).toEqual([
    "claude on atlas tells borealis",
    "Nobody was there to hear it in time",
  ]);
  expect(told({}, "a stage of a later version")).toEqual(["a stage of a later version"]);
});

test("of a job's end its run tells the one that made it", () => {
  const watch = { kind: "watch", state: "answered", to_agent: "codex", closed_at: new Date(1) };
  expect(told(watch, "answered", "told as a prompt")).toEqual([
    "codex on borealis has ended",
    "claude on atlas is told, as its next prompt",
  ]);
});

test("what is next is said while something is, and not after it", () => {
  expect(next({})).toMatch(/Nobody has it yet/u);
  expect(next({ to_run_id: "run_2" })).toMatch(/next turn/u);
  expect(next({ state: "acknowledged", to_run_id: "run_2" })).toMatch(/An answer is awaited/u);
  const closed = { state: "answered", closed_at: new Date(1) };
  expect(next(closed)).toMatch(/hears it/u);
  expect(next({ ...closed, told_at: new Date(2) })).toBeNull();
  expect(next({ ...closed, from_ended: true })).toBeNull();
});
