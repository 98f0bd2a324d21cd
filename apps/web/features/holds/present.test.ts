import { expect, test } from "vitest";
import { branchOf, presentHold } from "./present.ts";

const ROW = {
  id: "H-7K2M9QXD",
  kind: "git.push",
  state: "pending",
  card: {
    title: "atlas wants to push 1 commit to acme/shop agent/fix",
    verb: "Push",
    target: "acme/shop agent/fix",
    facts: [{ label: "Push", value: "refs/heads/agent/fix: 1f0c → 88a1; 1 commit" }],
    flags: [
      { level: "note", code: "n", text: "a note" },
      { level: "danger", code: "d", text: "a danger" },
    ],
    undrawn: [],
  },
  runId: null,
  words: "",
  outcome: { state: "failed", words: "main has moved", evidence: { token: "x" } },
  supersededBy: null,
  createdAt: new Date(0),
  expiresAt: new Date(1),
  decidedAt: null,
  endedAt: null,
};

test("a hold leads to the gate's own page and leaves only what is listed", () => {
  const hold = presentHold(ROW, "http://gate.localhost:4601");
  expect(hold).toMatchObject({
    href: "http://gate.localhost:4601/holds/H-7K2M9QXD",
    outcome: "main has moved",
    flags: [{ level: "danger", text: "a danger" }],
  });
  expect(JSON.stringify(hold)).not.toContain("token");
});

test("a card that cannot be read still names the hold", () => {
  expect(presentHold({ ...ROW, card: { nonsense: true } }, "http://g")).toMatchObject({
    id: ROW.id,
    title: "git.push",
    flags: [],
  });
});

test("the branch is the newest push's", () => {
  const hold = presentHold(ROW, "http://g");
  expect(branchOf([hold, { ...hold, kind: "policy.change", facts: [] }])).toBe("agent/fix");
  expect(branchOf([])).toBeNull();
});
