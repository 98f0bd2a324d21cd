// `npm run test:long`: brings what the long run needs, then kills processes of the whole product for some minutes. Not
// part of `npm test`: it takes as long as it is told to, and its choices are random (seeded). Parses on Node 18.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bringNode, bringNpm, root, toolEnvironment } from "../launcher/node24.mjs";
import { installPackages } from "../launcher/npm-packages.mjs";
import { leave } from "../launcher/say.mjs";
import { bringTestPackages } from "../launcher/system-packages.mjs";

try {
  const node = await bringNode();
  await bringNpm(node);
  await bringTestPackages();
  await installPackages(node, { lockMayDiffer: true });
  const { status } = spawnSync(node, [join(root, "e2e/long/long.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
    cwd: root,
    env: toolEnvironment(node),
  });
  process.exit(status ?? 1);
} catch (error) {
  leave(error);
}
