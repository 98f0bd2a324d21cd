// The passphrase of a backup: out of a file, or typed without being shown. Never an argument or a variable, which others on the host could read.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Refusal } from "../launcher/say.mjs";

const CHARACTERS_MIN = 12;

/** The command line of backup and restore: one FILE, and where the passphrase is. */
export function readArguments(usage) {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { "passphrase-file": { type: "string" }, "without-homes": { type: "boolean" } },
  });
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw new Refusal(usage);
  return {
    file,
    passphraseFile: values["passphrase-file"] ?? null,
    withoutHomes: values["without-homes"] ?? false,
  };
}

/** @param {string | null} file @param {{ twice: boolean }} how typed twice where a slip would make the backup useless */
export async function readPassphrase(file, { twice }) {
  const passphrase = file === null ? await typed("Passphrase of the backup: ") : firstLine(file);
  if (passphrase.length < CHARACTERS_MIN) {
    throw new Refusal(
      `A backup holds the gate's keys: its passphrase must have at least ${CHARACTERS_MIN} characters. Six words drawn at random are a good one.`,
    );
  }
  if (twice && file === null && (await typed("Again: ")) !== passphrase)
    throw new Refusal("The two are not the same. Nothing was written.");
  return passphrase;
}

function firstLine(file) {
  try {
    return readFileSync(file, "utf8").split("\n", 1)[0] ?? "";
  } catch (error) {
    throw new Refusal(`The passphrase could not be read: ${error.message}`);
  }
}

async function typed(prompt) {
  if (!process.stdin.isTTY)
    throw new Refusal(
      "There is no terminal to type the passphrase at. Put it into a file and add --passphrase-file FILE.",
    );
  process.stderr.write(prompt);
  process.stdin.setRawMode(true).resume();
  let text = "";
  for await (const chunk of process.stdin) {
    for (const character of chunk.toString("utf8")) {
      if (character === "\u0003") throw new Refusal("Stopped. Nothing was written.");
      if (character === "\r" || character === "\n") {
        process.stdin.setRawMode(false).pause();
        process.stderr.write("\n");
        return text;
      }
      text = character === "\u007f" ? text.slice(0, -1) : text + character;
    }
  }
  return text;
}
