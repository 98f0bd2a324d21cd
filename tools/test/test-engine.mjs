// The container engine that the docker and e2e worlds share, one of our own on a home that is kept, so that the
// workstation image is made once. `npm test` starts it here for all worlds; vitest alone does the same in its global
// set-up (apps/provisioner/src/testing/engine-setup.ts), which uses this one where it runs.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "../launcher/child-environment.mjs";
import { Child } from "../launcher/child.mjs";
import { endLeftovers, rememberChildren } from "../launcher/home.mjs";
import { takeLock } from "../launcher/lock.mjs";
import { root } from "../launcher/node24.mjs";
import { mustRun } from "../launcher/run-command.mjs";
import { Refusal, saying } from "../launcher/say.mjs";

const testHome = join(root, ".nightgate/test-engine");

const LOOK_EVERY_MS = 1_000;
const TURN_MS_MAX = 600_000;
const IMAGE_MS_MAX = 420_000;

/**
 * Starts the engine and sees to the image; answers { image, stop }. A second run on this machine waits for its turn.
 * @param {string} node
 */
export async function startTestEngine(node) {
  const logs = join(testHome, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const lock = await turn();
  const remembered = join(testHome, "children.json");
  await endLeftovers(remembered);
  const env = childEnvironment(process.env, { NIGHTGATE_HOME: testHome });
  let child = null;
  const stop = async () => {
    await child?.stop();
    rememberChildren(remembered, []);
    lock.release();
  };
  try {
    const command = [node, "apps/provisioner/src/cli/engine.ts"];
    child = new Child({
      name: "engine",
      command,
      cwd: root,
      env,
      logs,
      readyMs: 60_000,
      stopMs: 30_000,
      onChange: () => child && rememberChildren(remembered, [child]),
    });
    rememberChildren(remembered, [child]);
    await child.ready;
    const build = ["apps/provisioner/src/cli/image.ts"];
    const failed = "The workstation image could not be made.";
    const output = await saying("Making sure of the workstation image", () =>
      mustRun(failed, node, build, { cwd: root, env, timeoutMs: IMAGE_MS_MAX }),
    );
    return { image: /^nightgate\/workstation:\S+$/m.exec(output)?.[0] ?? "", stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function turn() {
  for (const started = Date.now(); Date.now() - started < TURN_MS_MAX;) {
    const lock = takeLock(join(testHome, "lock.json"));
    if (lock.release) return lock;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Refusal(
    `Another test run has held ${testHome} for ${TURN_MS_MAX / 60_000} minutes. Stop it and try again.`,
  );
}
