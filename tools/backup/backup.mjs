// `npm run backup -- FILE`: one file with everything that an installation is, made while it runs: the gate's disk, the database and the workstations'
// homes, sealed under a passphrase. Why in this way: docs/decisions/0007-backups-are-made-of-rows-and-files.md.
import { spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import { readLockHolder } from "../launcher/lock.mjs";
import { root } from "../launcher/node24.mjs";
import { productProcesses } from "../launcher/processes.mjs";
import { leave, Refusal, say, saying } from "../launcher/say.mjs";
import { readSettings } from "../launcher/settings.mjs";
import { bringUsers } from "../launcher/users.mjs";
import { writePart } from "./parts.mjs";
import { readArguments, readPassphrase } from "./passphrase.mjs";
import { outputOf, startProgram, startTar, textOf } from "./programs.mjs";
import { seal } from "./seal.mjs";

const USAGE = `npm run backup -- FILE [--passphrase-file FILE] [--without-homes]
The file holds the gate's keys and every secret of its vault: whoever has it and the passphrase is your gate.`;

/** Of the gate's folder: sockets and scratch are of this moment; git/ is large, and its files are replaced and never written again. */
const NOT_KEPT = new Set(["sockets", "tmp"]);
const LINKED = new Set(["git"]);

async function main() {
  const { file, passphraseFile, withoutHomes } = readArguments(USAGE);
  const settings = readSettings(process.env);
  if (readLockHolder(settings.paths.lock) === null) {
    const why = "A backup is made while it runs, so that rows and files belong together";
    throw new Refusal(`Nightgate is not running from ${settings.home}. ${why}: npm start`);
  }
  if (existsSync(file)) throw new Refusal(`${file} exists already and is left as it is. Name another file.`);
  const passphrase = await readPassphrase(passphraseFile, { twice: true });
  const users = await bringUsers();
  const processes = productProcesses(settings, {
    node: process.execPath,
    rehearsalPort: 0,
    outside: process.env,
    users,
  });
  const stage = join(settings.home, "launcher/backup");
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true, mode: 0o700 });
  const aside = `${resolve(file)}.part`;
  try {
    await saying("Copying", () =>
      pipeline(
        parts({ settings, processes, stage, withoutHomes }),
        createGzip({ level: constants.Z_BEST_SPEED }),
        seal(passphrase),
        createWriteStream(aside, { mode: 0o600, flags: "w", flush: true }),
      ),
    );
    renameSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
    rmSync(stage, { recursive: true, force: true });
  }
  say(`Backed up to ${file}. Keep it and its passphrase apart, and off this host.`);
}

async function* parts({ settings, processes, stage, withoutHomes }) {
  const manifest = { format: "nightgate.backup.v1", madeAt: new Date().toISOString(), home: settings.home };
  yield* writePart({ part: "manifest", ...manifest }, []);
  // Begins with the moment at which all of it is one state; see copy-rows.ts.
  const rows = startProgram(processes.copyOut(), [], "The database could not be copied.");
  await Promise.race([said(rows.stderr, "still"), rows.done]);
  keepDisk(settings.home, stage);
  rows.stdin.end("go on\n");
  yield* writePart({ part: "rows" }, outputOf(rows));
  yield* writePart({ part: "disk" }, outputOf(startTar(["-C", stage, "--numeric-owner", "-cf", "-", "."])));
  if (!withoutHomes) yield* homes(processes);
  yield* writePart({ part: "end" }, []);
}

async function* homes(processes) {
  const failed = "The workstations' homes could not be copied.";
  const workstations = JSON.parse(await textOf(startProgram(processes.homes(), ["list"], failed)));
  for (const workstation of workstations) {
    yield* writePart(
      { part: "home", workstation },
      outputOf(startProgram(processes.homes(), ["save", workstation], failed)),
    );
    say(`  The home of ${workstation} is in it.`);
  }
}

/** What is small is copied and what is large is linked, so that no log has to stand still for longer than a moment. */
function keepDisk(home, stage) {
  mkdirSync(join(stage, "gate"), { mode: 0o700 });
  for (const name of readdirSync(join(home, "gate"))) {
    if (NOT_KEPT.has(name)) continue;
    copy(LINKED.has(name) ? "-al" : "-a", join(home, "gate", name), join(stage, "gate", name));
  }
  if (existsSync(join(home, "rehearsal"))) copy("-a", join(home, "rehearsal"), join(stage, "rehearsal"));
  mkdirSync(join(stage, "launcher"), { mode: 0o700 });
  const ports = join(home, "launcher/ports.json");
  if (existsSync(ports)) copy("-a", ports, join(stage, "launcher/ports.json"));
}

function copy(how, from, to) {
  const { status, stderr } = spawnSync("cp", [how, "--", from, to], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Refusal(`The gate's disk could not be copied:\n${stderr}`);
}

/** Resolves when `stream` has said `word` on a line. */
function said(stream, word) {
  return new Promise((resolve) => {
    let heard = "";
    stream.on("data", (text) => {
      heard += text;
      if (heard.split("\n").includes(word)) resolve();
    });
  });
}

main().then(() => process.exit(0), leave);
