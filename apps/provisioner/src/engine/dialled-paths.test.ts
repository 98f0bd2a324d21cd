/** Invariant 1: the host never connects to a path that a workstation can write. Every place that dials a path at all is named here. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../workstations/places.ts";

const DIALS_A_PATH = /\bsocketPath\b|createConnection\(|\bnet\.connect\(|ws\+unix:/;
/** Those that lead to the engine, whose socket is root's; and TCP, by an address that was checked. */
const KNOWN = [
  "apps/provisioner/src/engine/base-helper.ts",
  "apps/provisioner/src/engine/relay.ts",
  "apps/provisioner/src/workstations/docker/engine-client.ts",
];

test("invariant 1: of all that runs on the host, only the provisioner and the engine's process dial a path", () => {
  const sources = globSync("{apps,packages/{db,rehearsal,shared,evidence}}/**/*.{ts,tsx}", {
    cwd: repositoryRoot,
    exclude: (name) => /node_modules|\.next$|\.test\.tsx?$|^testing$/.test(name),
  });
  expect(sources.length).toBeGreaterThan(200);
  const dialling = sources.filter((path) =>
    DIALS_A_PATH.test(readFileSync(join(repositoryRoot, path), "utf8")),
  );
  expect(dialling.filter((path) => !path.includes("/testing/")).sort()).toEqual(KNOWN);
});
