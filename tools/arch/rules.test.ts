// Breaks every import rule on purpose, on a small tree of its own, and expects exactly that rule to speak. The tool
// can pass on nothing (it has: "0 modules, no violations"), so the clean tree's module count is asserted as well.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cruise } from "./cruise.mjs";
import { rules } from "./rules.mjs";

const CLEAN: Record<string, string> = {
  "packages/shared/src/ids.ts": "import { z } from 'zod'; export const id = z;",
  "packages/evidence/src/digest.ts": "import { id } from '@nightgate/shared/ids'; export const digest = id;",
  "packages/db/src/gate.ts": "import pg from 'pg'; export const gate = pg;",
  "packages/db/src/jobs.ts": "export const jobs = 1;",
  "packages/db/src/fleet.ts": "export const fleet = 1;",
  "packages/db/src/control.ts": "export const control = 1;",
  "packages/testkit/src/scenario.ts": "export const scenario = 1;",
  "apps/gate/src/env.ts": "export const config = 1;",
  "apps/gate/src/main.ts": "import './env.ts'; import './vault/seal.ts'; import './core/holds.ts';",
  "apps/gate/src/core/holds.ts":
    "import { digest } from '@nightgate/evidence/digest'; export const holds = digest;",
  "apps/gate/src/core/ports.ts": "import type { Server } from 'node:http'; export type S = Server;",
  "apps/gate/src/core/hold.test.ts": "import '@nightgate/testkit/scenario'; import './holds.ts';",
  "apps/gate/src/vault/seal.ts": "export const seal = 1;",
  "apps/gate/src/passkeys/check.ts": "import '@simplewebauthn/server';",
  "apps/gate/src/surfaces/git/read.ts": "import '../../core/holds.ts'; export const read = 1;",
  "apps/gate/src/surfaces/http/read.ts": "export const read = 1;",
  "apps/gate/src/packs/github.ts": "import '@nightgate/shared/ids';",
  "apps/gate/src/net/dial.ts": "import 'node:net';",
  "apps/runner/src/core/retry.ts": "export const retry = 1;",
  "apps/provisioner/src/main.ts": "import 'dockerode'; import '@nightgate/db/fleet';",
  "apps/web/app/page.tsx": "import '../features/jobs/queries.ts';",
  "apps/web/ui/button.tsx": "export const button = 1;",
  "apps/web/features/jobs/queries.ts": "import '@nightgate/db/control'; export const queries = 1;",
  "apps/web/features/jobs/commands.ts": "export const commands = 1;",
  "apps/web/features/holds/queries.ts": "import '../jobs/queries.ts';",
  "e2e/journeys/push.e2e.ts": "import '@nightgate/testkit/scenario';",
};

/** One way to break each rule: the file that does it and the import. */
const BREAKS: Record<string, [file: string, source: string][]> = {
  "app-is-a-process": [["apps/runner/src/a.ts", "import '../../gate/src/net/dial.ts';"]],
  "packages-know-no-app": [["packages/shared/src/a.ts", "import '../../../apps/gate/src/net/dial.ts';"]],
  "shared-is-the-bottom": [["packages/shared/src/a.ts", "import '@nightgate/evidence/digest';"]],
  "evidence-is-pure": [
    ["packages/evidence/src/a.ts", "import '@nightgate/db/jobs';"],
    ["packages/evidence/src/a.ts", "import 'node:fs/promises';"],
  ],
  "core-is-pure": [
    ["apps/gate/src/core/a.ts", "import '../net/dial.ts';"],
    [
      "apps/runner/src/core/a.ts",
      "import type { jobs } from '@nightgate/db/jobs'; export type J = typeof jobs;",
    ],
  ],
  "core-runs-without-node": [
    ["apps/runner/src/core/a.ts", "import 'node:fs';"],
    ["apps/gate/src/core/a.ts", "import { request } from 'node:http'; export const r = request;"],
  ],
  "surface-knows-no-sibling": [["apps/gate/src/surfaces/git/a.ts", "import '../http/read.ts';"]],
  "surface-gets-no-secret": [["apps/gate/src/surfaces/git/a.ts", "import '../../passkeys/check.ts';"]],
  "vault-is-wired-by-main": [["apps/gate/src/pages/a.ts", "import '../vault/seal.ts';"]],
  "packs-are-data": [["apps/gate/src/packs/a.ts", "import '../core/holds.ts';"]],
  "net-knows-no-core": [["apps/gate/src/net/a.ts", "import '../core/holds.ts';"]],
  "only-main-wires": [["apps/gate/src/pages/a.ts", "import '../env.ts';"]],
  "no-index-under-apps": [["apps/runner/src/runs/a.ts", "import './index.ts';"]],
  "route-calls-feature": [["apps/web/app/a.tsx", "import '@nightgate/db/control';"]],
  "ui-has-no-data": [["apps/web/ui/a.tsx", "import '../features/jobs/queries.ts';"]],
  "feature-knows-no-sibling": [["apps/web/features/holds/a.ts", "import '../jobs/commands.ts';"]],
  "web-writes-control-only": [["apps/web/features/jobs/a.ts", "import '@nightgate/db/gate';"]],
  "runner-writes-jobs-only": [["apps/runner/src/a.ts", "import '@nightgate/db/gate';"]],
  "provisioner-writes-fleet-only": [["apps/provisioner/src/a.ts", "import '@nightgate/db/jobs';"]],
  "gate-writes-gate-only": [["apps/gate/src/a.ts", "import '@nightgate/db/control';"]],
  "docker-in-one-place": [["apps/runner/src/a.ts", "import 'dockerode';"]],
  "webauthn-in-one-place": [["apps/web/server/a.ts", "import '@simplewebauthn/server';"]],
  "ssh-in-one-place": [["apps/runner/src/a.ts", "import 'ssh2';"]],
  "sql-in-one-place": [["apps/gate/src/store/a.ts", "import 'pg';"]],
  "e2e-is-black-box": [["e2e/journeys/a.e2e.ts", "import '../../apps/gate/src/net/dial.ts';"]],
  "testkit-in-tests-only": [["apps/gate/src/store/a.ts", "import '@nightgate/testkit/scenario';"]],
  "no-test-from-source": [["apps/gate/src/core/a.ts", "import './hold.test.ts';"]],
  "no-cycle": [["packages/db/src/jobs.ts", "import type { A } from './a.ts'; export const jobs: A = 1;"]],
  "must-resolve": [["apps/gate/src/a.ts", "import './nowhere.ts';"]],
};

/** Files that a break needs beside its own. */
const COMPANIONS: Record<string, Record<string, string>> = {
  "no-index-under-apps": { "apps/runner/src/runs/index.ts": "export const runs = 1;" },
  "no-cycle": { "packages/db/src/a.ts": "import { jobs } from './jobs.ts'; export type A = typeof jobs;" },
};

const folders: string[] = [];

function plant(files: Record<string, string>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "nightgate-arch-")));
  folders.push(root);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const name of ["shared", "evidence", "db", "testkit"]) {
    put(`packages/${name}/package.json`, `{"name":"@nightgate/${name}","exports":{"./*":"./src/*.ts"}}`);
    mkdirSync(join(root, "node_modules/@nightgate"), { recursive: true });
    symlinkSync(join(root, "packages", name), join(root, "node_modules/@nightgate", name));
  }
  for (const name of ["zod", "pg", "dockerode", "ssh2", "@simplewebauthn/server"]) {
    put(`node_modules/${name}/package.json`, `{"name":"${name}","version":"1.0.0","main":"index.js"}`);
    put(`node_modules/${name}/index.js`, "module.exports = {};");
  }
  for (const [path, text] of Object.entries(files)) put(path, text);
  return root;
}

let cleanModules = 0;
let cleanViolations: unknown = null;

beforeAll(async () => {
  const clean = await cruise(plant(CLEAN));
  cleanModules = clean.modules;
  cleanViolations = clean.violations;
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test("every module of the clean tree is seen, and it breaks nothing", () => {
  expect(cleanModules).toBe(Object.keys(CLEAN).length);
  expect(cleanViolations).toEqual([]);
});

test("every rule has a break", () => {
  expect(new Set(Object.keys(BREAKS))).toEqual(new Set(rules.map(({ name }: { name: string }) => name)));
});

const breaks = Object.entries(BREAKS).flatMap(([rule, ways]) =>
  ways.map(([file, source]) => ({ rule, file, source })),
);

test.each(breaks)("$rule catches $source in $file", async ({ rule, file, source }) => {
  const root = plant({ ...CLEAN, ...COMPANIONS[rule], [file]: source });
  const { violations } = await cruise(root);
  expect(violations.map((violation: { rule: { name: string } }) => violation.rule.name)).toContain(rule);
});
