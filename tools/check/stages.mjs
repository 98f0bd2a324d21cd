// The stages of `npm run check`: what each runs, and what to type when it fails.
const bin = (path) => ["node", `node_modules/${path}`];

export const stages = {
  format: {
    commands: [[...bin("oxfmt/bin/oxfmt"), "--check"]],
    hint: "Formatting differs. Run: npm run fix (or npm run fix -- FOLDER).",
  },
  lint: {
    commands: [[...bin("oxlint/bin/oxlint"), "--deny-warnings", "--report-unused-disable-directives"]],
    hint: "Fix what lint names; our own rules tell the way out in tools/lint/. To see one folder: npm run check:lint -- FOLDER",
  },
  types: {
    commands: [[...bin("typescript/bin/tsc"), "-p", "."]],
    perProject: [...bin("typescript/bin/tsc"), "-p"],
    hint: "TypeScript does not agree. The settings are in tsconfig.base.json and are not to be loosened.",
  },
  arch: {
    commands: [["node", "tools/arch/check.mjs"]],
    hint: "An import breaks a rule of tools/arch/rules.mjs: do what its sentence above says, or change the rule with a reason.",
  },
  unused: {
    commands: [[...bin("knip/bin/knip.js"), "--no-progress", "--no-config-hints"]],
    hint: "Nobody uses what is listed: delete it. A dependency that was added ahead of its code: add it with the code.",
  },
  versions: {
    commands: [[...bin("sherif/index.js")]],
    hint: "Workspaces disagree on a version, or a package.json is out of order. Run: npm run fix",
  },
};
