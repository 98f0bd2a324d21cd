// The command line of `npm start`.
import { resolve } from "node:path";
import { Refusal } from "./say.mjs";
import { SETTINGS } from "./settings.mjs";

const HELP = `npm start                        start Nightgate here and stay in the foreground; Ctrl-C stops it
npm start -- --code              print a new one-time code, to enrol a person with a passkey
npm start -- --recover NAME      print a recovery code for a person who has lost all passkeys
npm start -- --json-ready FILE   also write what was started to FILE, as JSON

Settings, by environment:
${Object.entries(SETTINGS)
  .map(([name, what]) => `  ${name.padEnd(24)} ${what}`)
  .join("\n")}`;

/** @param {string[]} args */
export function readOptions(args) {
  const options = { code: false, help: null, jsonReady: null, recover: null };
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === "--code") options.code = true;
    else if (arg === "--recover" && args[index + 1]) options.recover = args[(index += 1)];
    else if (arg === "--help" || arg === "-h") options.help = HELP;
    else if (arg === "--json-ready" && args[index + 1]) options.jsonReady = resolve(args[(index += 1)]);
    else throw new Refusal(`npm start does not know ${arg}.\n\n${HELP}`);
  }
  return options;
}
