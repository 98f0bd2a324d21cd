// `npm run pack:cli [-- FOLDER]`: the nightgate command as a package of its own, one file without dependencies, ready for `npm publish` or
// `npx ./nightgate-VERSION.tgz`. Node does not strip types below node_modules, so what is published is bundled.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { root } from "./launcher/node24.mjs";

const folder = resolve(process.argv[2] ?? join(root, ".nightgate/packed"));
const { version } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8"));
const stage = mkdtempSync(join(tmpdir(), "nightgate-pack-"));
try {
  const { outputFiles } = await build({
    entryPoints: [join(root, "packages/cli/src/main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node22",
    format: "esm",
    // Packages in the older format call require(); a module has none of its own.
    banner: {
      js: 'import { createRequire as nightgateRequire } from "node:module"; const require = nightgateRequire(import.meta.url);',
    },
    legalComments: "inline",
    absWorkingDir: root,
  });
  writeFileSync(join(stage, "nightgate.mjs"), outputFiles[0].contents);
  chmodSync(join(stage, "nightgate.mjs"), 0o755);
  const manifest = {
    name: "nightgate",
    version,
    description:
      "Nightgate's command line: log in, queue and follow the night's work, verify an exported log offline; the same program serves in workstations.",
    license: "UNLICENSED",
    type: "module",
    bin: { nightgate: "nightgate.mjs" },
    files: ["nightgate.mjs", "README.md"],
    engines: { node: ">=22" },
  };
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(root, "packages/cli/README.md"), join(stage, "README.md"));
  mkdirSync(folder, { recursive: true });
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: stage,
    stdio: ["ignore", "ignore", "inherit"],
  });
  process.stdout.write(`${join(folder, `nightgate-${version}.tgz`)}\n`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}
