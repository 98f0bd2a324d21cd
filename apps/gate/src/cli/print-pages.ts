/** Prints the gate's bundled pages as JSON, for the gate that has started it (pages/assets.ts). */
import type { Asset } from "../pages/assets.ts";
import { bundleAssets } from "../pages/bundle-assets.ts";

interface Printed {
  body: string;
  type: string;
}

const printed = ({ body, type }: Asset): Printed => ({ body: Buffer.from(body).toString("base64"), type });
const files = (all: ReadonlyMap<string, Asset>): [string, Printed][] =>
  [...all].map(([name, file]) => [name, printed(file)]);

const assets = await bundleAssets();
process.stdout.write(
  JSON.stringify({
    script: assets.script,
    style: assets.style,
    files: files(assets.files),
    serviceWorker: printed(assets.serviceWorker),
    fixed: files(assets.fixed),
  }),
);
