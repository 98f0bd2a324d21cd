// Runs one stage of `npm run check` and, when it fails, says what to type. Usage: stage.mjs NAME [arguments].
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stages } from "./stages.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const [name = "", ...rest] = process.argv.slice(2);
const stage = stages[name];
if (!stage) {
  process.stdout.write(`No such stage: ${name}. There are: ${Object.keys(stages).join(", ")}.\n`);
  process.exit(2);
}

/** Workspaces that bring a tsconfig.json of their own (web: JSX; code for a browser). */
function ownProjects() {
  return globSync("{apps,packages}/**/tsconfig.json", {
    cwd: root,
    exclude: (path) =>
      /(^|\/)(node_modules|\.next|dist|fixtures)(\/|$)/.test(typeof path === "string" ? path : path.name),
  }).toSorted();
}

const commands = [...stage.commands];
if (stage.perProject) for (const project of ownProjects()) commands.push([...stage.perProject, project]);

let failed = false;
for (const [program, ...fixed] of commands) {
  const done = spawnSync(program === "node" ? process.execPath : program, [...fixed, ...rest], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NO_COLOR: process.env.NO_COLOR ?? "1" },
  });
  if (done.status !== 0) failed = true;
}
if (!existsSync(resolve(root, "packages/db/generated"))) {
  process.stdout.write("(packages/db/generated is missing: run npm run generate first.)\n");
}
if (failed) process.stdout.write(`\n${name}: ${stage.hint}\n`);
process.exit(failed ? 1 : 0);
