// `npm start`: from a fresh clone to a running product, and back to nothing with Ctrl-C. Plain JavaScript without
// dependencies that parses on Node 18; on an older Node it fetches Node 24 and hands over to it.
//   npm start                          start everything, stay in the foreground
//   npm start -- --code                print a new one-time code, to enrol a person at a running installation
//   npm start -- --recover NAME        print a recovery code for a person who has lost all passkeys
//   npm start -- --json-ready FILE     also write {web, gate, code, home, pids} to FILE once everything serves
import { fileURLToPath } from "node:url";
import { bringNode, bringNpm, continueOnNode24, nodeIsNewEnough } from "./node24.mjs";
import { readOptions } from "./options.mjs";
import { leave, Refusal, say } from "./say.mjs";
import { readSettings } from "./settings.mjs";

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    say(options.help);
    return;
  }
  if (process.platform !== "linux") {
    throw new Refusal(
      "Nightgate runs on Linux, because its workstations are Linux containers without a network. On macOS use a Linux virtual machine (Lima, OrbStack, UTM), on Windows use WSL2, and run npm start in there.",
    );
  }
  const settings = readSettings(process.env);
  if (!nodeIsNewEnough()) return continueOnNode24(fileURLToPath(import.meta.url));
  const node = await bringNode();
  await bringNpm(node);
  const { printCode, printRecovery, runProduct } = await import("./product.mjs");
  if (options.code) await printCode(settings, node);
  else if (options.recover !== null) await printRecovery(settings, node, options.recover);
  else await runProduct(settings, node, options);
}

main().then(() => process.exit(0), leave);
