/**
 * The pages' scripts, styles, fonts and icons: bundled when the gate starts, kept in memory, named by their content, and served by nobody else.
 * There is no build step to forget and no file on disk to change behind the gate's back. The bundling is done by a short-lived
 * child: what a bundler needs of memory is not the gate's.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";

export interface Asset {
  body: Uint8Array<ArrayBuffer>;
  type: string;
}

export interface Assets {
  script: string;
  style: string;
  /** Everything under /assets/, which never changes under its name. */
  files: ReadonlyMap<string, Asset>;
  serviceWorker: Asset;
  /** Icons and the manifest, at names that other programs know. */
  fixed: ReadonlyMap<string, Asset>;
}

const PRINTED_BYTES_MAX = 32 * 1024 * 1024;
const BUNDLE_MS_MAX = 60_000;

const printedAsset = z.object({ body: z.base64(), type: z.string() });
const printedFiles = z.array(z.tuple([z.string(), printedAsset]));
const printedAssets = z.object({
  script: z.string(),
  style: z.string(),
  files: printedFiles,
  serviceWorker: printedAsset,
  fixed: printedFiles,
});

/** Has the child bundle, and reads what it prints. Rejects with what the bundler says when the sources do not compile. */
export async function buildAssets(): Promise<Assets> {
  const printed = printedAssets.parse(JSON.parse(await printPages()));
  const { script, style } = printed;
  return {
    script,
    style,
    files: new Map(printed.files.map(([name, file]) => [name, asset(file)])),
    serviceWorker: asset(printed.serviceWorker),
    fixed: new Map(printed.fixed.map(([name, file]) => [name, asset(file)])),
  };
}

function asset({ body, type }: z.infer<typeof printedAsset>): Asset {
  return { body: new Uint8Array(Buffer.from(body, "base64")), type };
}

function printPages(): Promise<string> {
  const program = join(import.meta.dirname, "../cli/print-pages.ts");
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program],
      // Nothing of the gate's environment: the database's address is not the bundler's business.
      {
        env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
        maxBuffer: PRINTED_BYTES_MAX,
        timeout: BUNDLE_MS_MAX,
      },
      (error, printed) => (error === null ? resolve(printed) : reject(error)),
    );
  });
}
