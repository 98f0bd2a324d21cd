/** agentd and the nightgate command as single files, and the files that lie around them: the last layer of the image. */
import { existsSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** Stands in while a program has not been written yet: keeps the workstation up and says what is missing. */
const STUB = `process.stderr.write("This program is not in the image.\\n"); if (process.argv[1]?.includes("agentd")) setInterval(() => {}, 2 ** 30); else process.exit(69);\n`;

const PROGRAMS = [
  { entry: "packages/agentd/src/main.ts", file: "agentd.mjs" },
  { entry: "packages/cli/src/main.ts", file: "nightgate.mjs" },
] as const;

/** Fills `folder` with what the last layer adds. `repository` is the root of this source tree. */
export async function stagePrograms(folder: string, repository: string): Promise<void> {
  await cp(join(repository, "infra/images/workstation/rootfs"), folder, { recursive: true });
  const library = join(folder, "usr/local/lib/nightgate");
  await mkdir(library, { recursive: true });
  for (const { entry, file } of PROGRAMS) {
    const source = join(repository, entry);
    await writeFile(join(library, file), existsSync(source) ? await bundle(source) : STUB);
  }
}

async function bundle(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "esm",
    // Packages in the older format call require(); a module has none of its own.
    banner: {
      js: 'import { createRequire as nightgateRequire } from "node:module"; const require = nightgateRequire(import.meta.url);',
    },
    legalComments: "none",
    logLevel: "silent",
    // The same bytes on every machine: paths of this one stay out of them.
    absWorkingDir: join(entry, "../../../.."),
  });
  return result.outputFiles[0]?.text ?? STUB;
}
