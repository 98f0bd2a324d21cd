// Makes the gate one file, when what it is made from has changed since the last time: loaded from its sources it would keep the text
// of each module in memory, and the part of Node that strips their types.
import { join } from "node:path";
import { BUILD_MS_MAX, buildWhenChanged } from "./build-when-changed.mjs";
import { childEnvironment } from "./child-environment.mjs";
import { root } from "./node24.mjs";
import { mustRun } from "./run-command.mjs";
import { saying } from "./say.mjs";

const SOURCES = [
  "apps/gate",
  "packages/acme",
  "packages/db/generated",
  "packages/db/package.json",
  "packages/db/src",
  "packages/evidence",
  "packages/shared",
  "package-lock.json",
];
const app = join(root, "apps/gate");

/** As buildWeb. */
export async function buildGate(node) {
  await buildWhenChanged({
    name: "gate",
    sources: SOURCES,
    output: join(app, "dist/gate.mjs"),
    stamp: join(app, "dist/nightgate-sources.sha256"),
    build: () =>
      saying("Building the gate", () =>
        mustRun("The gate could not be built.", node, [join(app, "src/cli/bundle.ts")], {
          cwd: root,
          env: childEnvironment(process.env, {}),
          timeoutMs: BUILD_MS_MAX,
        }),
      ),
  });
}
