/** The rehearsal's sample repository: a small shop with a test, made with plain git the first time it is asked for. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const FILES: Record<string, string> = {
  "README.md":
    "# Sample shop\n\nA small repository for rehearsals. Nothing here is real.\n\n    node --test\n",
  "package.json": `${JSON.stringify({ name: "sample-shop", version: "1.0.0", private: true, type: "module", scripts: { test: "node --test" } }, null, 2)}\n`,
  "src/prices.js":
    "export const prices = { apple: 0.5, pear: 0.75, plum: 1 };\n\nexport function format(price) {\n  return String(price);\n}\n",
  "test/prices.test.js":
    'import assert from "node:assert/strict";\nimport test from "node:test";\nimport { format, prices } from "../src/prices.js";\n\ntest("every price can be printed", () => {\n  for (const price of Object.values(prices)) assert.match(format(price), /^\\d/);\n});\n',
};

function git(folder: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "safe.directory=*", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      GIT_CONFIG_NOSYSTEM: "1",
      HOME: folder,
      GIT_AUTHOR_NAME: "Sample Shop",
      GIT_AUTHOR_EMAIL: "shop@example.test",
      GIT_COMMITTER_NAME: "Sample Shop",
      GIT_COMMITTER_EMAIL: "shop@example.test",
    },
  });
}

/** Makes the bare repository at `path` unless it is there. */
export function ensureSampleShop(path: string): void {
  if (existsSync(join(path, "HEAD"))) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const work = mkdtempSync(join(tmpdir(), "nightgate-sample-"));
  try {
    git(work, "init", "-q", "-b", "main");
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(work, name)), { recursive: true });
      writeFileSync(join(work, name), text);
    }
    git(work, "add", ".");
    git(work, "commit", "-qm", "A shop that prints prices");
    git(work, "clone", "-q", "--bare", work, path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
