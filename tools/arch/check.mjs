// The import rules as a check: says which import breaks which rule and what to do instead. Fails, too, when it has
// seen fewer modules than git knows source files: a check that saw nothing has proved nothing.
import { execFileSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise } from "./cruise.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const { modules, violations } = await cruise(root);

for (const { from, to, rule, cycle } of violations) {
  const path = cycle ? cycle.map((step) => step.name).join(" -> ") : to;
  process.stdout.write(`${rule.name}: ${from} -> ${path}\n`);
}
const broken = new Set(violations.map(({ rule }) => rule.name));
const { rules } = await import("./rules.mjs");
for (const { name, comment } of rules) if (broken.has(name)) process.stdout.write(`  ${name}: ${comment}\n`);

const listed = execFileSync(
  "git",
  ["ls-files", "--", "apps/*.ts", "packages/*.ts", "e2e/*.ts", "tools/*.mjs"],
  {
    cwd: root,
    encoding: "utf8",
  },
);
const expected = listed.split("\n").filter((line) => line !== "" && !line.includes("/fixtures/")).length;
if (modules < expected * 0.9) {
  process.stdout.write(
    `Only ${modules} modules were seen where git lists ${expected} source files: the check is blind.\n`,
  );
  process.exitCode = 1;
}
if (violations.length > 0) process.exitCode = 1;
process.stdout.write(`${modules} modules, ${rules.length} rules, ${violations.length} broken imports\n`);
