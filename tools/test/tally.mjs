// Counts: every test of every world, and every step around them, ends up as passed or failed in one last line.
import { existsSync, readFileSync } from "node:fs";

/**
 * What vitest's JSON report says, with a sentence for each thing that went wrong outside of a single test.
 * @param {string} path of the report
 * @param {{ name: string, code: number | null }} run how vitest itself ended; null when its time ran out
 */
export function readReport(path, { name, code }) {
  if (!existsSync(path)) {
    const why = code === null ? "ran out of time" : `ended with ${code}`;
    return { passed: 0, failed: 1, skipped: 0, notes: [`${name}: vitest ${why} and left no report`] };
  }
  const report = JSON.parse(readFileSync(path, "utf8"));
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  const notes = [];
  let failed = report.numFailedTests;
  const broken = report.testResults.filter(({ status, assertionResults }) => {
    return status === "failed" && !assertionResults.some((each) => each.status === "failed");
  });
  for (const { name: file } of broken) notes.push(`${name}: ${file} failed as a whole`);
  failed += broken.length;
  if (passed + failed === 0) {
    notes.push(`${name}: no test ran, so nothing is shown`);
    failed += 1;
  }
  if (failed === 0 && code !== 0) {
    notes.push(`${name}: every test passed, but vitest ended with ${code} (an unhandled error, or a leak)`);
    failed += 1;
  }
  return { passed, failed, skipped, notes };
}

/** The line that CI reads: alone on its line, and the last one. */
export const lastLine = ({ passed, failed }) => `${passed} passed, ${failed} failed`;
