// `npm run restore -- FILE`: makes a new installation out of a backup, in an empty NIGHTGATE_HOME. What may have been sent between the backup and now is
// never sent again: it becomes `unknown`, and a person settles it. See docs/operating.md.
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Child } from "../launcher/child.mjs";
import { giveFolders, makeHome } from "../launcher/home.mjs";
import { takeLock } from "../launcher/lock.mjs";
import { productProcesses } from "../launcher/processes.mjs";
import { separate } from "../launcher/product.mjs";
import { leave, Refusal, say, saying } from "../launcher/say.mjs";
import { readSettings } from "../launcher/settings.mjs";
import { bringProductPackages } from "../launcher/system-packages.mjs";
import { readParts } from "./parts.mjs";
import { readArguments, readPassphrase } from "./passphrase.mjs";
import { startProgram, startTar, textOf } from "./programs.mjs";
import { unseal } from "./seal.mjs";

const USAGE = "npm run restore -- FILE [--passphrase-file FILE]     into an empty NIGHTGATE_HOME";

async function main() {
  const { file, passphraseFile } = readArguments(USAGE);
  const settings = readSettings(process.env);
  if (!existsSync(file)) throw new Refusal(`There is no file ${file}.`);
  if (existsSync(settings.home) && readdirSync(settings.home).length > 0) {
    const why = "a restored installation must not be mixed with another one";
    throw new Refusal(
      `${settings.home} is not empty, and ${why}. Move it away, or name another NIGHTGATE_HOME.`,
    );
  }
  const passphrase = await readPassphrase(passphraseFile, { twice: false });
  await bringProductPackages(settings);
  makeHome(settings);
  const lock = takeLock(settings.paths.lock);
  if (!lock.release) throw new Refusal(`${settings.home} is in use.`);
  try {
    await restore(settings, file, passphrase);
  } catch (error) {
    // Half an installation must not be started.
    rmSync(settings.home, { recursive: true, force: true });
    throw error;
  } finally {
    lock.release();
  }
}

async function restore(settings, file, passphrase) {
  const scratch = join(settings.home, "launcher/restore");
  mkdirSync(scratch, { mode: 0o700 });
  const manifest = await saying("Opening the backup", () => unpack(settings, scratch, file, passphrase));
  const users = await separate(settings, process.execPath);
  if (users !== null) await giveFolders(settings, users);
  const processes = productProcesses(settings, {
    node: process.execPath,
    rehearsalPort: 0,
    outside: process.env,
    users,
  });
  const postgres =
    settings.databaseUrl === null ? new Child({ ...processes.postgres(), onChange: () => undefined }) : null;
  try {
    await postgres?.ready;
    await saying("Putting the rows back", () => putRows(processes, join(scratch, "rows")));
    rmSync(scratch, { recursive: true, force: true });
    // From where the rows were to where this version is, as at any upgrade.
    await startProgram(processes.migrate(), [], "The database could not be migrated.").done;
    const told = startProgram(
      processes.afterRestore(),
      [manifest.madeAt],
      "The gate could not take its log over.",
    );
    tell(manifest, JSON.parse(await textOf(told)));
  } finally {
    await postgres?.stop();
  }
}

async function unpack(settings, scratch, file, passphrase) {
  let manifest = null;
  let ended = false;
  await pipeline(createReadStream(file), unseal(passphrase), createGunzip(), async (opened) => {
    for await (const { head, body } of readParts(opened)) {
      if (head.part === "manifest") manifest = head;
      ended = head.part === "end";
      await put(settings, scratch, head, body);
    }
  });
  if (manifest === null || !ended)
    throw new Refusal("The backup ends in the middle: part of the file is missing.");
  return manifest;
}

async function put({ home }, scratch, head, body) {
  if (head.part === "disk") {
    const tar = startTar(["-C", home, "--no-same-owner", "--same-permissions", "-xf", "-"]);
    await pipeline(body, tar.stdin);
    return await tar.done;
  }
  if (head.part === "home") {
    if (!/^ws_[0-9A-Z]+$/i.test(head.workstation))
      throw new Refusal("The backup names a workstation that is none.");
    const folder = join(home, "provisioner/restored");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return await pipeline(body, createWriteStream(join(folder, `${head.workstation}.tar`), { mode: 0o600 }));
  }
  await pipeline(
    body,
    createWriteStream(join(scratch, String(head.part).replace(/[^a-z]/g, "")), { mode: 0o600 }),
  );
}

async function putRows(processes, file) {
  const rows = startProgram(processes.copyIn(), [], "The rows could not be put back.");
  await pipeline(createReadStream(file), rows.stdin).catch((error) => error);
  await rows.done;
}

function tell(manifest, { unknown, pending }) {
  say();
  say(`Restored as it was at ${manifest.madeAt}. Start it with: npm start`);
  say(
    "  Everybody signs in anew, with the passkeys that they had then. A browser that saw a later log warns of it: that is this restoration.",
  );
  if (unknown.length > 0)
    say(
      `  On its way then, and perhaps sent since; nothing of it is sent again, settle each at the gate: ${unknown.join(", ")}`,
    );
  if (pending.length > 0)
    say(
      `  Waited then; approve only after a look at the upstream, somebody may have approved it since: ${pending.join(", ")}`,
    );
}

main().then(() => process.exit(0), leave);
