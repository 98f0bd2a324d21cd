// `npm run nightgate -- ...`: the nightgate command on the gate's host. `audit export [--organization ORG] FILE` asks the gate's own program, as the gate's
// user; everything else is the command as it is anywhere (packages/cli).
import { spawnSync } from "node:child_process";
import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startProgram, textOf } from "./backup/programs.mjs";
import { readLockHolder } from "./launcher/lock.mjs";
import { root } from "./launcher/node24.mjs";
import { productProcesses } from "./launcher/processes.mjs";
import { leave, Refusal, say } from "./launcher/say.mjs";
import { readSettings } from "./launcher/settings.mjs";
import { bringUsers } from "./launcher/users.mjs";

const USAGE = "npm run nightgate -- audit export [--organization ORG] FILE";

async function main() {
  const [first, second, ...args] = process.argv.slice(2);
  if (first === "audit" && second === "export") return await exportLog(args);
  const command = [join(root, "packages/cli/src/main.ts"), ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, command, { stdio: "inherit" });
  process.exit(status ?? 1);
}

async function exportLog(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { organization: { type: "string" } },
  });
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw new Refusal(USAGE);
  const settings = readSettings(process.env);
  if (readLockHolder(settings.paths.lock) === null)
    throw new Refusal(`Nightgate is not running from ${settings.home}. Start it with: npm start`);
  const organization = values.organization ?? theOnly(join(settings.home, "gate/policy"));
  const context = {
    node: process.execPath,
    rehearsalPort: 0,
    outside: process.env,
    users: await bringUsers(),
  };
  const running = startProgram(
    productProcesses(settings, context).exportLog(),
    [organization],
    "The log could not be exported.",
  );
  const log = await textOf(running);
  const trust = await running.done;
  write(`${file}.trust`, trust);
  write(file, log);
  say(`The log of ${organization} is in ${file}; the key and origins to trust are in ${file}.trust.`);
  say(`Verify it anywhere: nightgate audit verify ${file}`);
}

function theOnly(folder) {
  const organizations = readdirSync(folder).flatMap((name) =>
    name.endsWith(".json") ? [name.slice(0, -".json".length)] : [],
  );
  if (organizations.length === 1) return organizations[0];
  throw new Refusal(
    `Say which organization with --organization: ${organizations.join(", ") || "there is none yet"}`,
  );
}

function write(file, text) {
  writeFileSync(`${file}.part`, text, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

main().then(() => process.exit(0), leave);
