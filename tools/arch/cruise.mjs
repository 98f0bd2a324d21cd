// Runs dependency-cruiser over a tree. TypeScript 7 has no JavaScript API, and without one the tool sees no module
// and says that all is well: so it is given swc, and whoever calls must look at `modules`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cruise as cruiseTree } from "dependency-cruiser";
import { rules } from "./rules.mjs";

const FOLDERS = ["apps", "packages", "e2e", "tools"];

/**
 * Answers how many of our modules were seen and which imports break a rule.
 * @param {string} root folder that holds apps/, packages/, ...
 */
export async function cruise(root) {
  const { output } = await cruiseTree(
    FOLDERS.filter((folder) => existsSync(join(root, folder))),
    {
      baseDir: root,
      ruleSet: { forbidden: rules },
      validate: true,
      parser: "swc",
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      doNotFollow: { path: "node_modules|/generated/" },
      exclude: { path: "(^|/)(\\.next|dist|fixtures|\\.turbo|coverage)/|next-env\\.d\\.ts$" },
    },
    {
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json", ".css"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "require", "types"],
      mainFields: ["module", "main", "types"],
      symlinks: true,
      alias: { "@": join(root, "apps/web") },
    },
  );
  const ours = output.modules.filter(({ source }) => /^(apps|packages|e2e|tools)\//.test(source));
  return { modules: ours.length, violations: output.summary.violations };
}
