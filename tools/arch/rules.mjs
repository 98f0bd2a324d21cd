// Who may import whom, one line of reason each. These rules keep "the control plane cannot approve" true in the
// source: a secret, a passkey or the container engine cannot be reached from a folder that has no business there.
// tools/arch/rules.test.ts breaks every one of them on purpose. See docs/architecture.md and CONTRIBUTING.md.
const TESTS = "\\.(test|e2e)\\.tsx?$|(^|/)conformance\\.ts$|(^|/)testing(/|[^/]*\\.ts$)";
const NODE_SIDE_EFFECTS =
  "^(node:)?(fs|net|http|https|http2|tls|dns|dgram|child_process|worker_threads|cluster)(/|$)";

/** A rule in dependency-cruiser's words. `comment` is what the check prints, so it says what to do instead. */
const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

const processes = [
  rule(
    "app-is-a-process",
    "An app never imports an app: put what they share in packages/shared, or let them talk through the database.",
    { path: "^apps/([^/]+)/" },
    { path: "^apps/", pathNot: "^apps/$1/" },
  ),
  rule(
    "packages-know-no-app",
    "A package is a library: it never imports an app.",
    { path: "^packages/" },
    { path: "^apps/" },
  ),
  rule(
    "shared-is-the-bottom",
    "packages/shared imports nothing else of ours.",
    { path: "^packages/shared/src/" },
    { path: "^(packages/(?!shared/)|apps/|tools/|e2e/)" },
  ),
  rule(
    "evidence-is-pure",
    "packages/evidence verifies offline: it imports shared only, and nothing that reads or sends.",
    { path: "^packages/evidence/src/", pathNot: TESTS },
    { path: `^(packages/(?!shared/|evidence/)|apps/|tools/|e2e/)|${NODE_SIDE_EFFECTS}` },
  ),
];

const insideApps = [
  rule(
    "core-is-pure",
    "core/ decides and does nothing: it imports core, shared, evidence and zod. Ask through a port in core/ports.ts.",
    { path: "^apps/([^/]+)/src/core/", pathNot: TESTS },
    {
      path: "^(apps|packages|node_modules)/",
      pathNot: "^apps/$1/src/(core/|limits\\.ts$)|^packages/(shared|evidence)/|^node_modules/zod/",
    },
  ),
  rule(
    "core-runs-without-node",
    "core/ may name a type of Node's in a port, and never runs anything of Node's.",
    { path: "^apps/([^/]+)/src/core/", pathNot: TESTS },
    { dependencyTypes: ["core"], dependencyTypesNot: ["type-only"] },
  ),
  rule(
    "surface-knows-no-sibling",
    "A surface knows its own protocol only: what two surfaces share belongs in core/ or net/.",
    { path: "^apps/gate/src/surfaces/([^/]+)/" },
    { path: "^apps/gate/src/surfaces/", pathNot: "^apps/gate/src/surfaces/$1/" },
  ),
  rule(
    "surface-gets-no-secret",
    "A surface is handed the one credential it may use: it never imports vault, passkeys or store.",
    { path: "^apps/gate/src/surfaces/", pathNot: TESTS },
    { path: "^apps/gate/src/(vault|passkeys|store)/" },
  ),
  rule(
    "vault-is-wired-by-main",
    "Only main.ts (and cli/) opens the vault and hands it on as a port.",
    {
      path: "^apps/gate/src/",
      pathNot: `^apps/gate/src/(vault/|main\\.ts$|compose[^/]*\\.ts$|cli/)|${TESTS}`,
    },
    { path: "^apps/gate/src/vault/" },
  ),
  rule(
    "packs-are-data",
    "A rule pack is data and matchers: it imports shared only.",
    { path: "^apps/gate/src/packs/", pathNot: TESTS },
    { path: "^(apps|packages)/", pathNot: "^apps/gate/src/packs/|^packages/shared/" },
  ),
  rule(
    "net-knows-no-core",
    "net/ moves bytes: what they mean is decided above it.",
    { path: "^apps/gate/src/net/", pathNot: TESTS },
    { path: "^apps/gate/src/(core|surfaces|vault|store|passkeys|pages)/" },
  ),
  rule(
    "only-main-wires",
    "env.ts is read once, by main.ts or a cli/ entry point: pass settings in as parameters.",
    {
      path: "^(apps|packages)/",
      pathNot: `(^|/)(main|env|compose)\\.ts$|/cli/|^apps/web/(server/|[^/]+\\.(ts|mjs)$)|${TESTS}`,
    },
    { path: "(^|/)env\\.ts$" },
  ),
  rule(
    "no-index-under-apps",
    "No index.ts under apps: import the file that you mean.",
    { path: "^(apps|packages)/" },
    { path: "^apps/.*/index\\.tsx?$" },
  ),
];

const web = [
  rule(
    "route-calls-feature",
    "A route calls a feature: it never reaches for the database itself.",
    { path: "^apps/web/app/" },
    { path: "^packages/db/" },
  ),
  rule(
    "ui-has-no-data",
    "apps/web/ui is looks only: data comes in as properties.",
    { path: "^apps/web/ui/" },
    { path: "^apps/web/(app|features|server)/|^packages/db/" },
  ),
  rule(
    "feature-knows-no-sibling",
    "A feature may use another one's queries.ts or present.ts, and nothing else of it.",
    { path: "^apps/web/features/([^/]+)/" },
    {
      path: "^apps/web/features/",
      pathNot: "^apps/web/features/$1/|^apps/web/features/[^/]+/(queries|present|schema)\\.ts$",
    },
  ),
];

const databases = [
  rule(
    "web-writes-control-only",
    "web has the control client and read views: gate, jobs and fleet are asked through their inbox.",
    { path: "^apps/web/", pathNot: TESTS },
    { path: "^packages/db/src/(gate|fleet|jobs)\\.ts$" },
  ),
  rule(
    "runner-writes-jobs-only",
    "runner has the jobs client: ask the others through their inbox.",
    { path: "^apps/runner/", pathNot: TESTS },
    { path: "^packages/db/src/(gate|fleet|control)\\.ts$" },
  ),
  rule(
    "provisioner-writes-fleet-only",
    "provisioner has the fleet client: ask the others through their inbox.",
    { path: "^apps/provisioner/", pathNot: TESTS },
    { path: "^packages/db/src/(gate|jobs|control)\\.ts$" },
  ),
  rule(
    "gate-writes-gate-only",
    "gate has the gate client: ask the others through their inbox.",
    { path: "^apps/gate/", pathNot: TESTS },
    { path: "^packages/db/src/(fleet|jobs|control)\\.ts$" },
  ),
];

const onePlace = [
  rule(
    "docker-in-one-place",
    "Whoever has the engine is root on the host: only apps/provisioner imports dockerode.",
    { path: ".", pathNot: "^apps/provisioner/src/" },
    { path: "(^|/)node_modules/(dockerode|docker-modem)/" },
  ),
  rule(
    "webauthn-in-one-place",
    "Passkeys are checked in apps/gate/src/passkeys only.",
    { path: ".", pathNot: `^apps/gate/src/passkeys/|^packages/testkit/src/|${TESTS}` },
    { path: "(^|/)node_modules/@simplewebauthn/server/" },
  ),
  rule(
    "ssh-in-one-place",
    "ssh2 belongs to apps/runner/src/terminal/ssh.",
    { path: ".", pathNot: "^apps/runner/src/terminal/ssh/" },
    { path: "(^|/)node_modules/ssh2/" },
  ),
  rule(
    "sql-in-one-place",
    "SQL clients live in packages/db: ask for one there.",
    { path: ".", pathNot: `^packages/(db|testkit)/|^tools/|^prisma[./]|${TESTS}` },
    { path: "(^|/)node_modules/(pg|@prisma/client|@prisma/adapter-pg)/" },
  ),
];

const everywhere = [
  rule(
    "e2e-is-black-box",
    "e2e sees the product from outside: it imports testkit, shared and rehearsal only.",
    { path: "^e2e/" },
    { path: "^(apps/|packages/(?!testkit/|shared/|rehearsal/|evidence/))" },
  ),
  rule(
    "testkit-in-tests-only",
    "testkit is for tests: what the product needs belongs in a package of its own.",
    { path: "^(apps|packages)/", pathNot: `^packages/testkit/|${TESTS}` },
    { path: "^packages/testkit/" },
  ),
  rule(
    "no-test-from-source",
    "Source never imports a test.",
    { path: "^(apps|packages)/", pathNot: TESTS },
    { path: "\\.(test|e2e)\\.tsx?$" },
  ),
  rule(
    "no-cycle",
    "A cycle (types count) hides which of two files is below: move what both need.",
    {},
    { circular: true },
  ),
  rule(
    "must-resolve",
    "This import leads nowhere: wrong path, or a package that this workspace does not declare.",
    { pathNot: "^apps/web/next-env\\.d\\.ts$" },
    { couldNotResolve: true, pathNot: "^(server-only|client-only)$|\\.css$" },
  ),
];

/** All rules, in the order in which CONTRIBUTING.md tells of them. */
export const rules = [...processes, ...insideApps, ...web, ...databases, ...onePlace, ...everywhere];
