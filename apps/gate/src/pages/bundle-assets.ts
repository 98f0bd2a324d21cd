/** Bundles the pages' scripts, styles, fonts and icons. Runs in a process of its own (cli/print-pages.ts), so that the bundler never lives in the gate. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { build, type BuildOptions, stop } from "esbuild";
import type { Asset, Assets } from "./assets.ts";

const HERE = import.meta.dirname;
const TYPES: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

const COMMON: BuildOptions = {
  bundle: true,
  write: false,
  minify: true,
  target: "es2022",
  legalComments: "none",
  logLevel: "silent",
  absWorkingDir: HERE,
};

/** Bundles; about 200 ms. Throws what esbuild says when the sources do not compile. */
export async function bundleAssets(): Promise<Assets> {
  const bundle = await build({
    ...COMMON,
    entryPoints: { app: join(HERE, "browser/main.ts"), style: join(HERE, "styles/main.css") },
    outdir: join(HERE, "assets"),
    format: "esm",
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file" },
    metafile: true,
  });
  const files = new Map<string, Asset>();
  for (const file of bundle.outputFiles ?? [])
    files.set(`/assets/${basename(file.path)}`, asset(file.path, file.contents));
  const named = (extension: string): string =>
    [...files.keys()].find((name) => /\/(app|style)-/.test(name) && name.endsWith(extension)) ?? "";
  const [script, style] = [named(".js"), named(".css")];
  const latin = [...files.keys()].filter((name) => /latin-wght-normal/.test(name) && !name.includes("-ext-"));
  const worker = await buildServiceWorker([script, style, ...latin, "/icon.svg", "/manifest.webmanifest"]);
  await stop();
  return { script, style, files, serviceWorker: worker, fixed: readStatic() };
}

async function buildServiceWorker(staticFiles: string[]): Promise<Asset> {
  const version = createHash("sha256").update(staticFiles.join("\n")).digest("hex").slice(0, 16);
  const bundle = await build({
    ...COMMON,
    entryPoints: [join(HERE, "browser/service-worker.ts")],
    outdir: join(HERE, "assets"),
    format: "iife",
    define: {
      STATIC_FILES: JSON.stringify([...staticFiles, "/offline"]),
      STATIC_VERSION: JSON.stringify(version),
    },
  });
  return asset("service-worker.js", bundle.outputFiles?.[0]?.contents ?? new Uint8Array());
}

function readStatic(): Map<string, Asset> {
  const folder = join(HERE, "static");
  return new Map(
    readdirSync(folder).map((name) => [`/${name}`, asset(name, readFileSync(join(folder, name)))]),
  );
}

function asset(path: string, contents: Uint8Array): Asset {
  return { body: new Uint8Array(contents), type: TYPES[extname(path)] ?? "application/octet-stream" };
}
