import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "@nightgate/shared/ids";
import type { Resource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { workstationEnvironment } from "@nightgate/shared/workstation-environment";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Hold } from "../../core/ports.ts";
import {
  httpResource,
  memoryLog,
  modelResource,
  openWorkstation,
  ORGANIZATION,
  policiesOf,
  type TestWorkstation,
  WORKSTATION,
} from "../../net/testing/world.ts";
import { createWorkstationAuthorities } from "../../net/workstation-authorities.ts";
import { createAgentSurface } from "./agent-surface.ts";

const OTHER_WORKSTATION = newId("workstation");
let workstation: TestWorkstation;
let folder: string;
const resources: Resource[] = [];
const holds = new Map<string, Hold>();
const waits: number[] = [];

function hold(more: Partial<Hold>): Hold {
  const made = {
    organization: ORGANIZATION,
    id: newId("hold"),
    state: "pending",
    action: { kind: "git.push" },
    card: { title: "atlas wants to push" },
    workstation: WORKSTATION,
    run: null,
    words: "",
    outcome: null,
    createdAt: new Date(0),
    ...more,
  } as unknown as Hold;
  holds.set(made.id, made);
  return made;
}

beforeEach(async () => {
  resources.length = 0;
  holds.clear();
  waits.length = 0;
  folder = mkdtempSync(join(tmpdir(), "ng-ca-"));
  const get = async (organization: string, id: string): Promise<Hold> => {
    const found = holds.get(id);
    if (!found || organization !== ORGANIZATION) throw new Problem("not-found", { what: "such hold" });
    return found;
  };
  const surface = createAgentSurface({
    policies: policiesOf(resources),
    authorities: createWorkstationAuthorities({ folder }),
    holds: {
      get,
      list: async () => [...holds.values()],
      waitUntilSettled: async (organization, id, ms) => {
        waits.push(ms);
        return { ...(await get(organization, id)), state: "released" };
      },
    },
  });
  workstation = await openWorkstation({ nightgate: surface.handle }, memoryLog());
});

afterEach(async () => {
  await workstation.stop();
  rmSync(folder, { recursive: true });
});

test("the environment names what the policy binds to this workstation, in every form that git may meet", async () => {
  const git: Resource = {
    kind: "git",
    id: newId("resource"),
    name: "acme/shop",
    url: "https://git.example.com/acme/shop.git",
    workstations: [WORKSTATION],
    push: "hold",
    whenHeld: "accept",
    rehearsal: false,
  };
  const model = modelResource("https://model.example.com");
  resources.push(git, model, httpResource(["example.com"]), {
    ...git,
    id: newId("resource"),
    workstations: [OTHER_WORKSTATION],
  });
  const answer = workstationEnvironment.parse(
    JSON.parse((await workstation.ask("/nightgate/environment")).body),
  );
  expect(answer.models).toEqual([
    {
      resource: model.id,
      name: "Model",
      api: "anthropic",
      gateUrl: `http://gate.nightgate/model/${model.id}`,
    },
  ]);
  expect(answer.repositories).toEqual([
    {
      resource: git.id,
      name: "acme/shop",
      url: "https://git.example.com/acme/shop.git",
      gateUrl: `http://gate.nightgate/git/${git.id}`,
      aliases: [
        "git@git.example.com:acme/shop.git",
        "ssh://git@git.example.com/acme/shop.git",
        "ssh://git@git.example.com:22/acme/shop.git",
        "https://git.example.com/acme/shop",
        "git@git.example.com:acme/shop",
        "ssh://git@git.example.com/acme/shop",
        "ssh://git@git.example.com:22/acme/shop",
      ],
    },
  ]);
});

test("T3: the CA's certificate is there to be read; there is nothing to ask it for", async () => {
  const answer = await workstation.ask("/nightgate/ca.pem");
  expect(answer.body).toMatch(/^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n$/);
  for (const [method, path] of [
    ["POST", "/nightgate/ca.pem"],
    ["PUT", "/nightgate/ca.pem"],
    ["POST", "/nightgate/environment"],
  ] as const) {
    expect((await workstation.ask(path, { method })).status).toBe(405);
  }
  for (const path of [
    "/nightgate/ca.key",
    "/nightgate/ca.pem/..",
    "/nightgate/../../etc/passwd",
    "/nightgate/sign",
    "/nightgate/",
  ]) {
    expect((await workstation.ask(path)).status).toBe(404);
  }
});

test("A1: only the workstation's own holds exist", async () => {
  const own = hold({ words: "rejected because" });
  const other = hold({ workstation: OTHER_WORKSTATION });
  const nobodys = hold({ workstation: null });
  const listed = JSON.parse((await workstation.ask("/nightgate/holds")).body) as { id: string }[];
  expect(listed).toEqual([
    {
      id: own.id,
      kind: "git.push",
      state: "pending",
      title: "atlas wants to push",
      run: null,
      createdAt: "1970-01-01T00:00:00.000Z",
      words: "rejected because",
    },
  ]);
  const missing = await workstation.ask("/nightgate/holds/H-00000000");
  for (const id of [other.id, nobodys.id]) {
    const answer = await workstation.ask(`/nightgate/holds/${id}?waitSeconds=60`);
    expect([answer.status, answer.body]).toEqual([missing.status, missing.body]);
  }
  expect(waits).toEqual([]);
});

test("waiting is bounded and asked for in whole seconds", async () => {
  const { id } = hold({});
  expect(JSON.parse((await workstation.ask(`/nightgate/holds/${id}?waitSeconds=60`)).body)).toMatchObject({
    state: "released",
  });
  expect(JSON.parse((await workstation.ask(`/nightgate/holds/${id}`)).body)).toMatchObject({
    state: "pending",
  });
  expect(waits).toEqual([60_000]);
  for (const wrong of ["61", "-1", "1e9", "abc", ""]) {
    expect((await workstation.ask(`/nightgate/holds/${id}?waitSeconds=${wrong}`)).status).toBe(400);
  }
});
