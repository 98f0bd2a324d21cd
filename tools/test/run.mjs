// `npm test`: from a fresh clone to one last line, "N passed, N failed". Does its own set-up, then the checks, then the
// five worlds of tests; a stage that fails does not hide the later ones. Parses on Node 18.
//   npm test                        everything
//   npm test -- --only unit,pg      these stages (check, unit, process, pg, docker, e2e) and what they need
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bringNode, continueOnNode24, nodeIsNewEnough, root, toolEnvironment } from "../launcher/node24.mjs";
import { endCommands, runCommand } from "../launcher/run-command.mjs";
import { leave, Refusal, say } from "../launcher/say.mjs";
import { NEEDS, setUpSteps, STEP_MS_MAX } from "./steps.mjs";
import { lastLine, readReport, withSecondLook } from "./tally.mjs";
import { TOTAL_MS_MAX, worlds } from "./worlds.mjs";

const reports = join(root, "test-results");
const startedAt = Date.now();
/** @type {{ passed: number, failed: number, skipped: number, notes: string[] }} */
const total = { passed: 0, failed: 0, skipped: 0, notes: [] };
/** @type {(() => Promise<void>)[]} */
const toStop = [];
const leftMs = () => TOTAL_MS_MAX - (Date.now() - startedAt);

function readStages(args) {
  const all = ["check", ...worlds.map(({ name }) => name)];
  if (args.length === 0) return all;
  const only = (args[0] === "--only" ? args[1] : args[0].replace(/^--only=/, "")) ?? "";
  const chosen = only.split(",").filter(Boolean);
  const unknown = chosen.filter((name) => !all.includes(name));
  if (chosen.length === 0 || unknown.length > 0)
    throw new Refusal(`npm test -- --only ${all.join(",")}   (any of these)`);
  return all.filter((name) => chosen.includes(name));
}

function count({ passed = 0, failed = 0, skipped = 0, notes = [] }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  total.notes.push(...notes);
}

/**
 * Runs one set-up step or the checks, within its time, and counts it as one. Answers whether it went well.
 * `beside` is for one that runs while tests do: whatever becomes of it, theirs go on.
 */
async function step(name, work, { beside = false } = {}) {
  say(`\n=== ${name}${beside ? ", beside what follows" : ""}`);
  const started = Date.now();
  try {
    await withinTime(work(), Math.min(STEP_MS_MAX[name], leftMs()));
    say(`=== ${name}: ok, ${seconds(started)}`);
    count({ passed: name === "check" ? 1 : 0 });
    return true;
  } catch (error) {
    if (!beside) endCommands();
    say(error instanceof Refusal ? error.message : String(error?.stack ?? error));
    say(`=== ${name}: failed, ${seconds(started)}`);
    count({ failed: 1, notes: [`${name} failed`] });
    return false;
  }
}

async function world(which, node) {
  const { name } = which;
  say(`\n=== ${name}`);
  const started = Date.now();
  const first = await vitest(which, node);
  const again = worthASecondLook(which, first);
  if (again) say(`=== ${name}: ${lastLine(first)}; what failed once more, by itself`);
  const result = again ? withSecondLook(first, await vitest(which, node, first.files)) : first;
  count(result);
  say(
    `=== ${name}: ${lastLine(result)}${result.skipped > 0 ? `, ${result.skipped} skipped` : ""}, ${seconds(started)}`,
  );
}

/** One or two files with real programs in them can fail for want of a processor; more than that is a fault. */
const worthASecondLook = ({ secondLookFiles }, { failed, files }) =>
  failed > 0 && files.length > 0 && files.length <= secondLookFiles;

async function vitest({ name, limitMs }, node, files = []) {
  const report = join(reports, files.length > 0 ? `${name}-again.json` : `${name}.json`);
  const args = ["run", ...files, "--project", name, "--reporter=default", "--reporter=json"];
  args.push(`--outputFile.json=${report}`);
  if (files.length > 0) args.push("--maxWorkers=1");
  const { code } = await runCommand(node, [join(root, "node_modules/vitest/vitest.mjs"), ...args], {
    cwd: root,
    // What Node has compiled of packages, and of programs that tests start, is kept for the next process.
    env: { ...toolEnvironment(node), CI: "1", NODE_COMPILE_CACHE: join(reports, "compile-cache") },
    inherit: true,
    timeoutMs: Math.max(1_000, Math.min(limitMs, leftMs())),
  });
  return readReport(report, { name, code });
}

const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`;

async function withinTime(promise, ms) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Refusal(`It did not end within ${Math.round(ms / 1000)} s.`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the docker and e2e worlds need. */
async function prepareBeside(prepare) {
  for (const name of ["build", "image"]) await prepare(name, { beside: true });
}

async function main() {
  if (!nodeIsNewEnough()) return continueOnNode24(fileURLToPath(import.meta.url));
  const stages = readStages(process.argv.slice(2));
  const node = await bringNode();
  const steps = setUpSteps(node, (stop) => toStop.push(stop));
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const needed = new Set(stages.flatMap((name) => NEEDS[name]));
  const broken = new Set();
  const prepare = async (name, how) => {
    if (needed.has(name) && !(await step(name, steps[name], how))) broken.add(name);
  };
  for (const name of ["packages", "generate"]) await prepare(name);
  if (stages.includes("check") && !broken.has("packages")) await step("check", steps.check);
  const run = async (name) => {
    if (!stages.includes(name)) return;
    const lacking = NEEDS[name].filter((need) => broken.has(need));
    if (lacking.length === 0)
      await world(
        worlds.find((each) => each.name === name),
        node,
      );
    else count({ failed: 1, notes: [`${name} was not run, for want of: ${lacking.join(", ")}`] });
  };
  await run("unit");
  await prepare("system");
  // The image is mostly fetched and unpacked: two worlds that leave the processors some room run meanwhile.
  const prepared = prepareBeside(prepare);
  await run("process");
  await run("pg");
  await prepared;
  await run("docker");
  await run("e2e");
}

async function finish() {
  // What a step that ran out of time had begun.
  endCommands();
  for (const stop of toStop) await stop();
  say(`\n${seconds(startedAt)} in all${total.skipped > 0 ? `, ${total.skipped} tests skipped` : ""}`);
  say(total.notes.map((note) => `  ${note}\n`).join(""));
  process.stdout.write(`${lastLine(total)}\n`, () => process.exit(total.failed > 0 ? 1 : 0));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    endCommands();
    Promise.all(toStop.map((stop) => stop())).then(() => process.exit(130), leave);
  });
}
main().then(finish).catch(leave);
