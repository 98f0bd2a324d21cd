// Brings what a script of ours needs (Node 24, the packages, a browser), runs it with this command's arguments, and ends as it ends. Parses on Node 18.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bringNode, bringNpm, root, toolEnvironment } from "./launcher/node24.mjs";
import { installPackages } from "./launcher/npm-packages.mjs";
import { leave } from "./launcher/say.mjs";
import { bringTestPackages } from "./launcher/system-packages.mjs";

/** @param {string} script below the root of the program */
export async function play(script) {
  try {
    const node = await bringNode();
    await bringNpm(node);
    await bringTestPackages();
    await installPackages(node, { lockMayDiffer: true });
    const { status } = spawnSync(node, [join(root, script), ...process.argv.slice(2)], {
      stdio: "inherit",
      cwd: root,
      env: toolEnvironment(node),
    });
    process.exit(status ?? 1);
  } catch (error) {
    leave(error);
  }
}
