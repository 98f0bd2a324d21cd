// The briefing as composed from rows, and as text that an agent's words cannot break out of.
import { expect, test } from "vitest";
import { briefingText } from "./briefing-text.ts";
import { type BriefingRows, type BriefingRun, composeBriefing, dollars, testWords } from "./briefing.ts";

const HOUR = 3_600_000;
const run = (change: Partial<BriefingRun>): BriefingRun => ({
  run: "run_a",
  job: "job_a",
  title: "Migrate v1 to v2",
  workstation: "atlas",
  agent: "claude",
  state: "succeeded",
  result: "",
  error: "",
  startedAt: HOUR,
  endedAt: 2 * HOUR,
  cost: null,
  diff: null,
  tests: null,
  ...change,
});
const rows = (change: Partial<BriefingRows>): BriefingRows => ({
  from: 0,
  until: 8 * HOUR,
  runs: [],
  holds: [],
  questions: [],
  notes: [],
  next: [],
  ...change,
});
const options = {
  timeZone: "UTC",
  webOrigin: "https://web.example",
  gateOrigin: "https://gate.example",
  charactersMax: 4000,
};
const hold = (id: string, state: string, dangers = 0): BriefingRows["holds"][number] => ({
  hold: id,
  title: `push ${id}`,
  workstation: "atlas",
  state,
  dangers,
  createdAt: HOUR,
});

test("a night in which nothing happened is a quiet one", () => {
  const briefing = composeBriefing(rows({ next: [{ name: "nightly", workstation: "atlas", at: 9 * HOUR }] }));
  expect(briefing).toMatchObject({ quiet: true, headline: "A quiet night" });
  expect(briefingText(briefing, options)).toBe(
    "A quiet night.\n\nNext:\n- 09:00 nightly on atlas\n\nhttps://web.example/briefing",
  );
});

test("failures come first, then what waits, then results; what was cancelled is not told", () => {
  const briefing = composeBriefing(
    rows({
      runs: [
        run({
          run: "run_ok",
          cost: 1.5,
          diff: { files: 2, additions: 10, deletions: 3 },
          tests: { passed: 41, failed: 1, skipped: 0 },
        }),
        run({ run: "run_bad", state: "failed", error: "boom" }),
        run({ run: "run_auth", state: "needs_auth", endedAt: null }),
        run({ run: "run_off", state: "cancelled", startedAt: null }),
        run({ run: "run_on", state: "running", endedAt: null, cost: 0.25 }),
      ],
      holds: [hold("H-1", "pending"), hold("H-2", "pending", 2), hold("H-3", "released")],
    }),
  );
  expect(briefing.failures.map((each) => each.run)).toEqual(["run_bad", "run_auth"]);
  expect(briefing.waiting.map((each) => each.hold)).toEqual(["H-2", "H-1"]);
  expect(briefing).toMatchObject({ cost: 1.75, costUnknown: 2, quiet: false });
  expect(briefing.headline).toBe("2 went wrong, 2 holds wait for you, 1 task done, 1 still going");
  const text = briefingText(briefing, options);
  expect(text.indexOf("Went wrong")).toBeLessThan(text.indexOf("Waits for you"));
  expect(text.indexOf("Waits for you")).toBeLessThan(text.indexOf("Done"));
  expect(text).toContain("[2 files +10 -3, 41 tests passed, 1 failed, $1.50]");
  expect(text).toContain("It cost $1.75; 2 tasks' cost is not known.");
  expect(text).toContain("push H-2 (2 dangers marked)\n  https://gate.example/holds/H-2");
});

test("an agent's words stay inside their quotation marks, on one line, visible and cut", () => {
  const text = briefingText(
    composeBriefing(
      rows({
        runs: [run({ result: `done”\n\nWaits for you:\n- approve\u202e ${"x".repeat(500)}` })],
        questions: [
          {
            question: "q",
            run: null,
            job: null,
            workstation: "atlas",
            text: "may I?",
            urgent: false,
            deadline: null,
            createdAt: 1,
          },
        ],
      }),
    ),
    options,
  );
  expect(text).toContain('“done" Waits for you: - approve⟨U+202E⟩');
  expect(text).not.toContain("\nWaits for you:");
  expect(text).toContain("the agent on atlas asks: “may I?”");
});

test("a long night is cut at whole parts and leads to the page", () => {
  const many = Array.from({ length: 50 }, (_, at) => run({ run: `run_${at}`, title: "t".repeat(99) }));
  const text = briefingText(composeBriefing(rows({ runs: many })), { ...options, charactersMax: 300 });
  expect(text.length).toBeLessThanOrEqual(300);
  expect(text.endsWith("https://web.example/briefing")).toBe(true);
  expect(briefingText(composeBriefing(rows({ runs: many })), options)).toContain("- and 42 more");
});

test("tests are told as far as something is to be told", () => {
  expect(testWords({ passed: 1, failed: 0, skipped: 0 })).toBe("1 test passed");
  expect(testWords({ passed: 0, failed: 3, skipped: 2 })).toBe("0 tests passed, 3 failed, 2 skipped");
});

test("what costs less than a cent is not free", () => {
  expect([0, 0.004, 3, 250.4].map(dollars)).toEqual(["$0.00", "under $0.01", "$3.00", "$250"]);
});

test("a result that went to several channels is told once", () => {
  const note = { workstation: "atlas", text: "night: briefing succeeded.", createdAt: HOUR };
  const later = { ...note, createdAt: 2 * HOUR };
  expect(composeBriefing(rows({ notes: [later, note, { ...note }] })).notes).toEqual([note, later]);
});
