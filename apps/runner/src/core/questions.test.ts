import { describe, expect, test } from "vitest";
import { EARLIER, ended, hold, NOW, snapshot } from "../testing/snapshots.ts";
import { decide } from "./decide.ts";
import { endsOnQuestion, structuredResult } from "./ends-on-question.ts";
import type { QuestionSeen } from "./questions.ts";
import type { RunSnapshot } from "./snapshot.ts";

const LATER = new Date(NOW.getTime() + 60_000);
const question = (more: Partial<QuestionSeen> = {}): QuestionSeen => ({
  id: "say_0123456789ab",
  purpose: "agent",
  text: "Tabs or spaces?",
  deadline: LATER,
  answer: null,
  answeredBy: null,
  isDone: false,
  ...more,
});
const answered = { answer: "Tabs", answeredBy: "Ada" };

describe("a question", () => {
  test("makes its run wait when the turn ends, and not before", () => {
    expect(decide(snapshot({ last: ended(), questions: [question()] }), NOW)).toMatchObject({
      to: "awaiting_input",
    });
    expect(decide(snapshot({ questions: [question()] }), NOW).kind).toBe("later");
  });

  test("is answered by the next prompt, once", () => {
    const given = snapshot({ state: "awaiting_input", last: ended(), questions: [question(answered)] });
    const decision = decide(given, NOW);
    expect(decision).toMatchObject({
      to: "queued",
      prompts: [{ id: "answer-say_0123456789ab" }],
      expired: [],
    });
    expect(decision.kind === "move" && decision.prompts[0]?.text).toContain(
      "Ada answered your question:\n\n> Tabs or spaces?\n\nTabs",
    );
    expect(decide({ ...given, questions: [question({ ...answered, isDone: true })] }, NOW).kind).toBe(
      "nothing",
    );
  });

  test("that was answered in mid-turn is told when the turn is over: the call that waits for it goes first", () => {
    const questions = [question(answered)];
    expect(decide(snapshot({ questions }), NOW).kind).toBe("later");
    expect(decide(snapshot({ last: ended(), questions }), NOW)).toMatchObject({
      kind: "tell",
      prompts: [{ id: "answer-say_0123456789ab" }],
    });
  });

  test("that nobody answers in time is answered no, and says so", () => {
    const waiting = snapshot({ state: "awaiting_input", last: ended(), questions: [question()] });
    expect(decide(waiting, NOW)).toEqual({ kind: "later", ms: 60_000 });
    const decision = decide(waiting, LATER);
    expect(decision).toMatchObject({ to: "queued", expired: ["say_0123456789ab"] });
    expect(decision.kind === "move" && decision.prompts[0]?.text).toContain(
      "Nobody answered your question in time, so the answer is no",
    );
  });

  test("an interrupted run without one waits for words as ever", () => {
    expect(decide(snapshot({ state: "awaiting_input", last: ended("p1", "cancelled") }), NOW).kind).toBe(
      "nothing",
    );
  });
});

describe("how a turn ends", () => {
  const claim = (status: "succeeded" | "failed" | "partial", isFresh = true): RunSnapshot["claim"] => ({
    status,
    summary: "As I said.",
    artifacts: [],
    isFresh,
  });
  test.each([
    [claim("succeeded"), "succeeded"],
    [claim("failed"), "failed"],
    [claim("partial"), "failed"],
  ] as const)("by its own word, whatever its last message is", (said, state) => {
    const given = snapshot({ last: ended(), claim: said, lastWords: "Shall I go on?" });
    expect(decide(given, NOW)).toMatchObject({ to: state, result: "As I said." });
  });

  test("on a question: its person is asked, with the choices that it lists", () => {
    const lastWords = "I found two ways.\n\nWhich one shall I take?\n1. **Tabs**\n2. Spaces";
    expect(decide(snapshot({ last: ended(), lastWords }), NOW)).toMatchObject({
      to: "awaiting_input",
      asks: [{ purpose: "question", text: lastWords, choices: ["Tabs", "Spaces"] }],
    });
    expect(decide(snapshot({ last: ended(), lastWords, claim: claim("failed", false) }), NOW)).toMatchObject({
      to: "awaiting_input",
    });
  });

  test.each([
    ["Done. What was left? Nothing.", null],
    ["All green.\n\n- Which tests? All of them.", null],
    ["Shall I push?", []],
    ["**Shall I push?**", []],
    ["Soll ich? \n\n", []],
    ["Pick one:\n- a\n- b", null],
    ["", null],
  ])("%j", (message, choices) => {
    expect(endsOnQuestion(message)?.choices ?? null).toEqual(choices);
  });

  test("a structured last message counts as its word", () => {
    const lastWords =
      'Here it is:\n\n```json\n{"status": "failed", "summary": "No disk.", "tests": {"passed": 2, "failed": 1}}\n```';
    expect(decide(snapshot({ last: ended(), lastWords }), NOW)).toMatchObject({
      to: "failed",
      error: "No disk.",
      tests: { passed: 2, failed: 1, skipped: 0 },
    });
    expect(structuredResult('{"status": "great"}')).toBeNull();
    expect(structuredResult("{not json}")).toBeNull();
  });
});

describe("what a job expects", () => {
  const expecting = (
    more: Partial<RunSnapshot>,
    expects: "branch" | "pull_request" | "result" = "branch",
  ): RunSnapshot => snapshot({ last: ended(), run: { expects }, lastWords: "All done.", ...more });
  const prompts = [
    { id: "p1", sent: true, begun: true, at: EARLIER },
    { id: "result-nudge-run_x", sent: true, begun: true, at: EARLIER },
  ];
  const nudged = { prompts, last: ended("result-nudge-run_x") };

  test("a success without it is asked for it once, then a person is asked", () => {
    expect(decide(expecting({}), NOW)).toMatchObject({
      kind: "tell",
      prompts: [{ id: "result-nudge-run_x" }],
    });
    expect(decide(expecting(nudged), NOW)).toMatchObject({
      to: "awaiting_input",
      asks: [{ purpose: "result" }],
    });
    const told = [{ ...question({ purpose: "result", isDone: true }) }];
    expect(decide(expecting({ ...nudged, questions: told }), NOW)).toMatchObject({ to: "failed" });
  });

  test("a push counts when the gate has delivered it, not when the agent says so", () => {
    const said: RunSnapshot["claim"] = {
      status: "succeeded",
      summary: "Pushed!",
      artifacts: [],
      isFresh: true,
    };
    expect(decide(expecting({ claim: said }), NOW).kind).toBe("tell");
    const pushed = [hold({ state: "released" })];
    const known = [{ id: "decision-H-AAAAAAAA-released", sent: true, begun: true, at: EARLIER }];
    expect(
      decide(expecting({ holds: pushed, prompts: known, last: ended("decision-H-AAAAAAAA-released") }), NOW),
    ).toMatchObject({
      to: "succeeded",
    });
    expect(decide(expecting({ claim: said }, "result"), NOW)).toMatchObject({ to: "succeeded" });
  });
});
