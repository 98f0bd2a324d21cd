// The last line is what CI believes: a world that showed nothing must not look like one that is fine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lastLine, readReport, withSecondLook } from "./tally.mjs";

const folder = mkdtempSync(join(tmpdir(), "nightgate-tally-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const report = (numPassedTests: number, numFailedTests: number, testResults: object[] = []): string => {
  const path = join(folder, "report.json");
  const counts = { numPassedTests, numFailedTests, numPendingTests: 1, numTodoTests: 0 };
  writeFileSync(path, JSON.stringify({ ...counts, testResults }));
  return path;
};

test("counts are the report's", () => {
  const result = readReport(report(3, 1), { name: "unit", code: 1 });
  expect(result).toMatchObject({ passed: 3, failed: 1, skipped: 1, notes: [] });
  expect(lastLine(result)).toBe("3 passed, 1 failed");
});

test.each([
  ["no report, out of time", join(folder, "none.json"), null],
  ["no report, crashed", join(folder, "none.json"), 1],
])("%s is one failure", (_what, path, code) => {
  expect(readReport(path, { name: "pg", code })).toMatchObject({ passed: 0, failed: 1 });
});

test("a world that ran no test has failed", () => {
  expect(readReport(report(0, 0), { name: "docker", code: 0 })).toMatchObject({ passed: 0, failed: 1 });
});

test("a file that could not be loaded is a failure, although none of its tests is", () => {
  const broken = { name: "a.test.ts", status: "failed", assertionResults: [] };
  expect(readReport(report(5, 0, [broken]), { name: "unit", code: 1 })).toMatchObject({
    passed: 5,
    failed: 1,
  });
});

test("an unhandled error outside of tests is a failure", () => {
  expect(readReport(report(5, 0), { name: "unit", code: 1 })).toMatchObject({ passed: 5, failed: 1 });
});

const failing = (status: string): object => ({
  name: "b.test.ts",
  status: "failed",
  assertionResults: [
    { status: "passed", fullName: "one" },
    { status, fullName: "two", failureMessages: ["Error: late\n    at here"] },
  ],
});

test("each test that failed is named, with the first line of why", () => {
  expect(readReport(report(5, 1, [failing("failed")]), { name: "pg", code: 1 })).toMatchObject({
    notes: ["pg: b.test.ts: two: Error: late"],
    files: ["b.test.ts"],
    besides: 4,
  });
});

test("a file that passes by itself counts as passed, and is named as one that needed it", () => {
  const first = readReport(report(5, 1, [failing("failed")]), { name: "pg", code: 1 });
  const again = readReport(report(2, 0), { name: "pg", code: 0 });
  expect(withSecondLook(first, again)).toMatchObject({
    passed: 6,
    failed: 0,
    notes: ["passed at the second try only: pg: b.test.ts: two: Error: late"],
  });
});

test("a file that fails again has failed", () => {
  const first = readReport(report(5, 1, [failing("failed")]), { name: "pg", code: 1 });
  const again = readReport(report(1, 1, [failing("failed")]), { name: "pg", code: 1 });
  expect(withSecondLook(first, again)).toMatchObject({ passed: 5, failed: 1 });
});
