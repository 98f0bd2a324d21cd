/** Makes dist/gate.mjs of the gate and everything it imports: in memory it is a fourth of its sources' size (docs/benchmarks.md). */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";

const sources = join(import.meta.dirname, "..");
const dist = join(sources, "../dist");

/** A file that looks for another one beside itself still finds it from the bundle. */
const keepPlaces: Plugin = {
  name: "keep-places",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/apps\/gate\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const back = JSON.stringify(relative(dist, dirname(path)));
      return {
        loader: "ts",
        contents: text.replaceAll("import.meta.dirname", `(import.meta.dirname + "/" + ${back})`),
      };
    }),
};

const { outputFiles } = await build({
  write: false,
  entryPoints: [join(sources, "main.ts")],
  outfile: join(dist, "gate.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  // Names stay, for what the log says of an error.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
  // Prisma's compiler as text is read, decoded and dropped; in the bundle it would stay. `esbuild` runs in a child only, `pg-native` is not there.
  external: ["*.wasm-base64.mjs", "esbuild", "pg-native"],
  // For modules of the older kind.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
  plugins: [keepPlaces],
});

/** One character beyond ASCII, of those that esbuild leaves in patterns and templates, would make V8 keep the whole text with two bytes for each. */
function escaped(text: string): string {
  return text.replaceAll(/[^\0-\u007F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

await mkdir(dist, { recursive: true });
for (const { path, text } of outputFiles) await writeFile(path, escaped(text));
