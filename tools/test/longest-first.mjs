// The order in which test files are begun. vitest knows how long a file takes only where it has run before; a fresh
// clone would begin with the largest ones, and end with one worker waiting for a minute's story in few lines.
import { BaseSequencer } from "vitest/node";

/** End-to-end files that take a minute or more. */
const LONG = /\/(overnight-[a-z]+|gate-killed|rehearsal|night|processes-killed|backup)\.e2e\.ts$/;

const isLong = ({ moduleId }) => LONG.test(moduleId);

export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
