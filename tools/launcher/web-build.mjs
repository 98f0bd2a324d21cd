// Builds the web app, when what it is made from has changed since the last time.
import { join } from "node:path";
import { BUILD_MS_MAX, buildWhenChanged } from "./build-when-changed.mjs";
import { childEnvironment } from "./child-environment.mjs";
import { root } from "./node24.mjs";
import { mustRun } from "./run-command.mjs";
import { saying } from "./say.mjs";

const SOURCES = [
  "apps/web",
  "packages/shared",
  "packages/chains",
  "packages/db/src",
  "packages/db/package.json",
  "prisma/schema",
  "package-lock.json",
  "tsconfig.base.json",
];
const app = join(root, "apps/web");

/** Builds at most once at a time, whoever asks; a second asker waits and then finds it done. */
export async function buildWeb(node) {
  const env = childEnvironment(process.env, { NEXT_TELEMETRY_DISABLED: "1" });
  const next = join(root, "node_modules/next/dist/bin/next");
  await buildWhenChanged({
    name: "web app",
    sources: SOURCES,
    output: join(app, ".next/BUILD_ID"),
    stamp: join(app, ".next/nightgate-sources.sha256"),
    build: () =>
      saying("Building the web app", () =>
        mustRun("The web app could not be built.", node, [next, "build"], {
          cwd: app,
          env,
          timeoutMs: BUILD_MS_MAX,
        }),
      ),
  });
}
