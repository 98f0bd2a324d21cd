/** Makes dist/gate.mjs of the gate and everything it imports: in memory it is a fourth of its sources' size (docs/benchmarks.md). */
import { readFile } from "node:fs/promises";
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

await build({
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
