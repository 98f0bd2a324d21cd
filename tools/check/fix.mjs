// `npm run fix [-- PATH...]`: formats, and lets lint and sherif repair what they can repair safely. Without a path
// the whole tree is done.
import { spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const paths = process.argv.slice(2);
const run = (script, ...args) =>
  spawnSync(process.execPath, [`node_modules/${script}`, ...args], { cwd: root, stdio: "inherit" }).status ===
  0;

const formatted = run("oxfmt/bin/oxfmt", "--no-error-on-unmatched-pattern", ...paths);
const linted = run(
  "oxlint/bin/oxlint",
  "--fix",
  "--quiet",
  "--silent",
  "--no-error-on-unmatched-pattern",
  ...paths,
);
if (!linted) process.stdout.write("Lint has more to say than it can repair: npm run check:lint\n");
process.exit(formatted ? 0 : 1);
