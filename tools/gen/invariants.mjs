// Fills docs/invariants.md: which code keeps each invariant and which tests attack it, from the tags in the sources.
//   node tools/gen/invariants.mjs          rewrites the page
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = join(root, "docs/invariants.md");
const TREES = ["apps", "packages", "e2e", "prisma/migrations", "infra", "tools/launcher"];
const LEFT_OUT = new Set(["node_modules", ".next", "dist", "generated"]);
const IS_SOURCE = /\.(ts|tsx|mjs|sql|json)$/;
const IS_TEST = /\.(test|e2e)\.(ts|tsx)$/;

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (IS_SOURCE.test(entry.name)) yield path;
  }
}

/** Numbers named in a text: "invariant 4", "invariants 3 and 5", "(invariant 1)". */
export function invariantsNamed(text) {
  const found = new Set();
  for (const [, list] of text.matchAll(/invariants? ((?:\d+)(?:(?:, | and |, and )\d+)*)/gi)) {
    for (const number of list.match(/\d+/g)) found.add(Number(number));
  }
  return found;
}

/** The page with its lists made anew. */
export function renderInvariants(text = readFileSync(page, "utf8")) {
  const kept = new Map();
  const attacked = new Map();
  for (const tree of TREES) {
    for (const path of sources(join(root, tree))) {
      const lists = IS_TEST.test(path) ? attacked : kept;
      for (const number of invariantsNamed(readFileSync(path, "utf8"))) {
        lists.set(number, [...(lists.get(number) ?? []), relative(root, path)]);
      }
    }
  }
  const bullets = (paths) =>
    (paths ?? [])
      .toSorted()
      .map((path) => `- [\`${path}\`](../${path})\n`)
      .join("");
  return (
    text
      .replace(/(## (\d+)\. [^#]*?Kept by:\n)[^#]*/g, (_, head, number) => {
        const lists = `\n${bullets(kept.get(Number(number)))}\nAttacked by:\n\n${bullets(attacked.get(Number(number)))}\n`;
        return `${head}${lists}`;
      })
      .trimEnd() + "\n"
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(page, renderInvariants());
