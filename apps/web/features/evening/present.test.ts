/** The evening's checks: each way in which a night can end before it has begun is seen, and what nobody can know is not called green. */
import { expect, test } from "vitest";
import type { ResourceView } from "../workstations/present.ts";
import { type Check, eveningChecks, type EveningFacts } from "./present.ts";

const NOW = Date.parse("2026-11-21T23:00:00Z");
const resource = (over: Partial<ResourceView>): ResourceView => ({
  id: "res_m",
  kind: "model",
  name: "Anthropic",
  target: "https://api.anthropic.com",
  credential: true,
  everywhere: true,
  rehearsal: false,
  push: null,
  api: "anthropic",
  ...over,
});
const MODEL = resource({});
const REPOSITORY = resource({ id: "res_g", kind: "git", name: "acme/shop", push: "hold", api: null });
const READY: EveningFacts = {
  now: NOW,
  workstations: [{ id: "ws_1", name: "atlas", state: "ready" }],
  resources: [MODEL, REPOSITORY],
  modelAnswers: new Map([["res_m", { status: 200, at: NOW - 60_000 }]]),
  pushes: new Map([["res_g", { went: true, words: "", at: NOW - 60_000 }]]),
  agents: { agents: ["claude"], withoutModel: null },
  devices: [{ name: "iPhone", rings: true, at: NOW - 86_400_000 }],
  approvers: [{ person: "per_1", name: "Robin", passkeys: 2 }],
  person: "per_1",
  night: { budgetDollars: 20 },
  grants: [{ title: "Allow 20 pushes to acme/shop", until: NOW + 1 }],
  waitingHolds: 0,
  openQuestions: 0,
  next: [{ name: "Dependencies", at: NOW + 3_600_000 }],
  going: 0,
};
const check = (over: Partial<EveningFacts>, id: string): Check | undefined =>
  eveningChecks({ ...READY, ...over }).find((each) => each.id === id);

test("an evening on which everything is ready is green all through", () => {
  expect(eveningChecks(READY).filter(({ tone }) => tone !== "good")).toEqual([]);
});

test.each<[string, Partial<EveningFacts>, string]>([
  ["workstation", { workstations: [{ id: "ws_1", name: "atlas", state: "stopped" }] }, "bad"],
  ["model", { resources: [REPOSITORY] }, "bad"],
  ["model-res_m", { resources: [resource({ credential: false })] }, "bad"],
  ["model-res_m", { modelAnswers: new Map([["res_m", { status: 401, at: NOW }]]) }, "bad"],
  ["model-res_m", { modelAnswers: new Map([["res_m", { status: 402, at: NOW }]]) }, "bad"],
  ["model-res_m", { modelAnswers: new Map([["res_m", { status: 429, at: NOW }]]) }, "warn"],
  ["model-res_m", { modelAnswers: new Map([["res_m", { status: 529, at: NOW }]]) }, "warn"],
  ["model-res_m", { modelAnswers: new Map() }, "neutral"],
  ["agent", { agents: null }, "bad"],
  ["repository-res_g", { pushes: new Map([["res_g", { went: false, words: "403", at: NOW }]]) }, "warn"],
  ["repository-res_g", { pushes: new Map() }, "neutral"],
  [
    "repository-res_g",
    { pushes: new Map(), resources: [MODEL, { ...REPOSITORY, credential: false }] },
    "warn",
  ],
  ["phone", { devices: [] }, "bad"],
  ["phone", { devices: [{ name: "Mac", rings: false, at: NOW }] }, "warn"],
  ["phone", { devices: [{ name: "iPhone", rings: true, at: NOW - 60 * 86_400_000 }] }, "warn"],
  ["approver", { person: "per_2" }, "warn"],
  ["grants", { grants: [] }, "neutral"],
  ["budget", { night: null }, "warn"],
  ["waiting", { waitingHolds: 1 }, "warn"],
  ["work", { next: [], going: 0 }, "warn"],
])("%s with %o is %s", (id, over, tone) => {
  expect(check(over, id)?.tone).toBe(tone);
});

test("what would end the night leads to where it is changed", () => {
  const broken = eveningChecks({ ...READY, workstations: [], resources: [], agents: null, devices: [] });
  const bad = broken.filter(({ tone }) => tone === "bad");
  expect(bad).toHaveLength(4);
  for (const each of bad) expect(each.fix).not.toBeNull();
});
