// `npm run generate`: writes the Prisma client into packages/db/generated, when the schema has changed. Prisma's CLI
// wants a native engine that it would download; generating does not use it, so it is given one that does nothing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "packages/db/generated");
const stamp = join(out, ".schema-sha256");

/** One digest over the schema, the configuration and the version of Prisma: what the client is made from. */
function sourcesDigest() {
  const hash = createHash("sha256");
  const folder = join(root, "prisma/schema");
  const files = readdirSync(folder).filter((name) => name.endsWith(".prisma"));
  const paths = [
    ...files.toSorted().map((name) => join(folder, name)),
    join(root, "node_modules/prisma/package.json"),
  ];
  for (const name of ["prisma.config.ts", "packages/db/prisma.config.ts"]) paths.push(join(root, name));
  for (const path of paths)
    if (existsSync(path)) hash.update(path.slice(root.length)).update(readFileSync(path));
  return { digest: hash.digest("hex"), files: files.length };
}

const { digest, files } = sourcesDigest();
if (files === 0) {
  process.stdout.write("prisma/schema holds no .prisma file: there is nothing to generate.\n");
  process.exit(0);
}
if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) process.exit(0);

const doNothing = ["/bin/true", "/usr/bin/true"].find((path) => existsSync(path)) ?? "/bin/true";
const done = spawnSync(
  process.execPath,
  [join(root, "node_modules/prisma/build/index.js"), "generate", "--schema", "prisma/schema"],
  {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: doNothing,
      CHECKPOINT_DISABLE: "1",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
    },
  },
);
if (done.status !== 0) {
  rmSync(stamp, { force: true });
  process.stdout.write(
    `${done.stdout}${done.stderr}\nprisma generate failed: the schema is in prisma/schema.\n`,
  );
  process.exit(1);
}
mkdirSync(out, { recursive: true });
writeFileSync(stamp, digest);
