// Runs a script of ours on Node 24, which it brings where the machine's own is older:
// node tools/with-node.mjs SCRIPT [arguments]. Parses on Node 18.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { bringNode, root, toolEnvironment } from "./launcher/node24.mjs";
import { leave, Refusal } from "./launcher/say.mjs";

const [script = "", ...args] = process.argv.slice(2);
try {
  if (script.startsWith("node_modules/") && !existsSync(join(root, script))) {
    throw new Refusal(`${script} is missing. Run: npm install`);
  }
  const node = await bringNode();
  const { status } = spawnSync(node, [script, ...args], {
    stdio: "inherit",
    cwd: root,
    env: toolEnvironment(node),
  });
  process.exit(status ?? 1);
} catch (error) {
  leave(error);
}
