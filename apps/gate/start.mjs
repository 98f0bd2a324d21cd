// Starts the gate small. Its sources are TypeScript, and the part of Node that strips their types takes 20 MB and never gives them back; Node's
// compile cache (NODE_COMPILE_CACHE, a folder of the gate alone) makes it unnecessary. Where the cache is empty a child fills it first.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { getCompileCacheDir } from "node:module";

const cache = getCompileCacheDir();
if (process.argv[2] === "fill-cache") {
  await Promise.all(
    ["compose-core", "compose-edges", "env", "faults", "pages/app", "push/push", "store/changes-hub"].map(
      (name) => import(`./src/${name}.ts`),
    ),
  );
  process.exit(0);
}
if (cache !== undefined && !(existsSync(cache) && readdirSync(cache).length > 0))
  spawnSync(process.execPath, [import.meta.filename, "fill-cache"], { stdio: "ignore", timeout: 30_000 });
await import("./src/main.ts");
