// Counts: every test of every world, and every step around them, ends up as passed or failed in one last line.
import { existsSync, readFileSync } from "node:fs";

const NOTE_LENGTH_MAX = 300;

/**
 * What vitest's JSON report says, with a line for each thing that went wrong. `files` are those with a failure in
 * them, `besides` is how many tests passed in the others.
 * @param {string} path of the report
 * @param {{ name: string, code: number | null }} run how vitest itself ended; null when its time ran out
 */
export function readReport(path, { name, code }) {
  if (!existsSync(path)) {
    const why = code === null ? "ran out of time" : `ended with ${code}`;
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      notes: [`${name}: vitest ${why} and left no report`],
      files: [],
      besides: 0,
    };
  }
  const report = JSON.parse(readFileSync(path, "utf8"));
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  const notes = [];
  let failed = report.numFailedTests;
  const files = report.testResults.filter(({ status }) => status === "failed");
  const broken = files.filter(({ assertionResults }) => !assertionResults.some(hasFailed));
  for (const file of files) notes.push(...whatFailed(name, file));
  failed += broken.length;
  if (passed + failed === 0) {
    notes.push(`${name}: no test ran, so nothing is shown`);
    failed += 1;
  }
  if (failed === 0 && code !== 0) {
    notes.push(`${name}: every test passed, but vitest ended with ${code} (an unhandled error, or a leak)`);
    failed += 1;
  }
  const fine = files.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "passed"),
  );
  return {
    passed,
    failed,
    skipped,
    notes,
    files: files.map((file) => file.name),
    besides: passed - fine.length,
  };
}

/**
 * The counts once the files that failed have been run a second time, by themselves: what they say then is what
 * counts, and a test that needed it is named, so that nobody takes it for a steady one.
 * @param {ReturnType<typeof readReport>} first
 * @param {ReturnType<typeof readReport>} again what those files alone said
 */
export function withSecondLook(first, again) {
  const unsteady =
    again.failed === 0 ? first.notes.map((note) => `passed at the second try only: ${note}`) : [];
  return {
    ...again,
    passed: first.besides + again.passed,
    skipped: first.skipped,
    notes: [...unsteady, ...again.notes],
  };
}

const hasFailed = ({ status }) => status === "failed";

/** A line for each test of this file that failed, with the first line of why. */
function whatFailed(name, { name: file, message, assertionResults }) {
  const why = (text) => (text ?? "").split("\n")[0].slice(0, NOTE_LENGTH_MAX);
  const failed = assertionResults.filter(hasFailed);
  if (failed.length === 0) return [`${name}: ${file} failed as a whole: ${why(message)}`];
  return failed.map(
    ({ fullName, failureMessages }) => `${name}: ${file}: ${fullName}: ${why(failureMessages?.[0])}`,
  );
}

/** The line that CI reads: alone on its line, and the last one. */
export const lastLine = ({ passed, failed }) => `${passed} passed, ${failed} failed`;
