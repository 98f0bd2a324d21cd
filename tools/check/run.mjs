// `npm run check`: every stage, side by side and remembered by turbo; prints the output of the stages that failed,
// each ending with what to type.
import { spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stages } from "./stages.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const tasks = Object.keys(stages).map((name) => `check:${name}`);
const done = spawnSync(
  process.execPath,
  [
    "node_modules/turbo/bin/turbo",
    "run",
    ...tasks,
    "--continue",
    "--output-logs=errors-only",
    "--ui=stream",
    "--log-prefix=none",
    "--concurrency=2",
    "--env-mode=loose",
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      TURBO_NO_UPDATE_NOTIFIER: "1",
      npm_config_loglevel: "silent",
    },
  },
);
if (done.status !== 0) process.stdout.write("\ncheck: what failed says above what to type.\n");
process.exit(done.status ?? 1);
