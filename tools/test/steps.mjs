// What `npm test` does before and around the tests: everything that a fresh machine lacks, then the checks. Each step
// has a time limit; one that fails is counted as a failure and does not hide what comes after it.
import { join } from "node:path";
import { buildGate } from "../launcher/gate-build.mjs";
import { bringNpm, root, toolEnvironment } from "../launcher/node24.mjs";
import { installPackages } from "../launcher/npm-packages.mjs";
import { mustRun } from "../launcher/run-command.mjs";
import { say } from "../launcher/say.mjs";
import { bringTestPackages } from "../launcher/system-packages.mjs";
import { bringUsers } from "../launcher/users.mjs";
import { buildWeb } from "../launcher/web-build.mjs";
import { startTestEngine } from "./test-engine.mjs";

const MINUTE_MS = 60_000;

/**
 * @param {string} node path of Node 24
 * @param {(stop: () => Promise<void>) => void} onEnd is handed what has to be stopped when the tests are over
 */
export function setUpSteps(node, onEnd) {
  const script = (path, ...args) =>
    mustRun(`${path} failed.`, node, [join(root, path), ...args], {
      cwd: root,
      env: toolEnvironment(node),
      inherit: true,
    });
  return {
    packages: async () => {
      await bringNpm(node);
      await installPackages(node, { lockMayDiffer: false });
    },
    system: bringTestPackages,
    generate: () => script("tools/generate.mjs"),
    check: () => script("tools/check/run.mjs"),
    build: async () => {
      // Here and not by whichever of two products starts first.
      await bringUsers();
      await buildGate(node);
      await buildWeb(node);
    },
    image: async () => {
      const engine = await startTestEngine(node);
      onEnd(engine.stop);
      say(`  ${engine.image}`);
    },
  };
}

/** Milliseconds that each step may take. */
export const STEP_MS_MAX = {
  packages: 5 * MINUTE_MS,
  system: 6 * MINUTE_MS,
  generate: MINUTE_MS,
  check: 3 * MINUTE_MS,
  build: 5 * MINUTE_MS,
  image: 6 * MINUTE_MS,
};

/** Which steps a world cannot do without. */
export const NEEDS = {
  check: ["packages", "generate"],
  unit: ["packages", "generate"],
  process: ["packages", "generate", "system"],
  pg: ["packages", "generate", "system"],
  docker: ["packages", "generate", "system", "image"],
  e2e: ["packages", "generate", "system", "build", "image"],
};
