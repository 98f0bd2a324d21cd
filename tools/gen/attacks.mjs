// Fills docs/attacks.md: the attacks that Nightgate is to survive (attacks.json beside this), and the tests that try each one, found by
// the attack's id in the titles of the tests.
//   node tools/gen/attacks.mjs          rewrites the page
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync } from "@swc/core";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const page = join(root, "docs/attacks.md");
const TREES = ["apps", "packages", "e2e", "tools"];
const LEFT_OUT = new Set(["node_modules", ".next", "dist", "generated"]);
const IS_TEST = /\.(test|e2e)\.tsx?$/;
const RUNNERS = new Set(["describe", "it", "test"]);

/**
 * Every attack: its id, the section of the page, one sentence, and what is not tested of it and why, if anything is.
 * @type {{ id: string, section: string, sentence: string, residual?: string }[]}
 */
export const attacks = JSON.parse(readFileSync(new URL("attacks.json", import.meta.url), "utf8"));

const INTRODUCTION = `# Attacks

What agents, a stolen control plane, malicious upstreams and other tenants try, and the tests that try it in their place, against the real thing. The lists are made from the ids in the names of the tests by \`node tools/gen/attacks.mjs\` (the sentences are in \`tools/gen/attacks.json\`); a test fails when this page is stale, or when an attack has neither a test nor a reason why not. *Left* says what is not tested, or not prevented. The twelve promises behind them: [invariants.md](invariants.md); who attacks, and what remains to be trusted: [threat-model.md](threat-model.md).
`;

function* testFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* testFiles(path);
    else if (IS_TEST.test(entry.name)) yield path;
  }
}

/** The texts in a syntax tree: of literals and templates, and of whatever is around them. */
function textsIn(node) {
  if (Array.isArray(node)) return node.flatMap(textsIn);
  if (node === null || typeof node !== "object") return [];
  if (node.type === "StringLiteral") return [node.value];
  if (node.type === "TemplateElement") return [node.cooked ?? node.raw];
  return Object.values(node).flatMap(textsIn);
}

/** The calls that lead to `test(...)`, `describe.skipIf(...)(...)` or `test.each(...)(...)`, the last one first; none for any other. */
function callsOfRunner(node) {
  const calls = [];
  for (let at = node; ;) {
    if (at.type === "CallExpression") {
      calls.push(at);
      at = at.callee;
    } else if (at.type === "MemberExpression") at = at.object;
    else return at.type === "Identifier" && RUNNERS.has(at.value) ? calls : [];
  }
}

function titlesIn(node) {
  if (Array.isArray(node)) return node.flatMap(titlesIn);
  if (node === null || typeof node !== "object") return [];
  const inside = Object.values(node).flatMap(titlesIn);
  if (node.type !== "CallExpression") return inside;
  const [last, ...tables] = callsOfRunner(node);
  if (last === undefined) return inside;
  // Rows of a table fill the title's %s: what they say counts as said in it.
  return [...textsIn(last.arguments[0]), ...textsIn(tables.flatMap((call) => call.arguments)), ...inside];
}

/** The ids (such as "G14") in the titles of a test file's tests. Comments and the tests' own data do not count. */
export function idsTried(source, isTsx = false) {
  if (!/\b[A-Z]\d/.test(source)) return new Set();
  const tree = parseSync(source, { syntax: "typescript", tsx: isTsx, target: "es2024" });
  return new Set(titlesIn(tree.body).flatMap((title) => title.match(/\b[A-Z]\d{1,2}\b/g) ?? []));
}

/** The test files that try each attack, by its id. */
export function triedBy() {
  const found = new Map();
  for (const tree of TREES) {
    for (const path of testFiles(join(root, tree))) {
      for (const id of idsTried(readFileSync(path, "utf8"), path.endsWith("x"))) {
        found.set(id, [...(found.get(id) ?? []), relative(root, path)]);
      }
    }
  }
  return found;
}

/** The page, made anew. */
export function renderAttacks(tests = triedBy()) {
  const parts = [INTRODUCTION];
  for (const section of new Set(attacks.map((attack) => attack.section))) {
    parts.push(`## ${section}\n`);
    for (const { id, sentence, residual } of attacks.filter((attack) => attack.section === section)) {
      const files = (tests.get(id) ?? []).toSorted();
      const lines = files.map((path) => `- [\`${path}\`](../${path})\n`);
      const left = residual === undefined ? "" : `*Left:* ${residual}\n`;
      parts.push([`**${id}.** ${sentence}\n`, left, lines.join("")].filter((part) => part !== "").join("\n"));
    }
  }
  return parts.join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(page, renderAttacks());
