/** What the offline verifier believes about persons: statements under their own domain, and recoveries only after their delay (W11, W14, L1). */
import type { PasskeyEnrollAction } from "@nightgate/shared/actions";
import type { PolicyDocument } from "@nightgate/shared/policy";
import { expect, test } from "vitest";
import { decisionChallenge, enrolmentChallenge, signInChallenge } from "./challenge.ts";
import { jcsDigest } from "./jcs.ts";
import { keyWords } from "./key-words.ts";
import { statementChallenge, verifyStatement } from "./person-statement.ts";
import type { PolicyState } from "./policy-chain.ts";
import { noPeople, peopleFault, type SeenPeople } from "./replay-people.ts";

const ORGANIZATION = "org_aaaaaaaaaaaa";
const PERSON = "per_aaaaaaaaaaaa";
const gate = {
  installation: "i",
  organization: ORGANIZATION,
  origins: ["https://gate.example"],
  rpId: "gate.example",
};
const passkey = (letter: string): { credential: string; publicKey: string; name: string } => ({
  credential: letter.repeat(20),
  publicKey: letter.repeat(20),
  name: letter,
});
const policy: PolicyDocument = {
  organization: ORGANIZATION,
  version: 1,
  quorum: 1,
  approvers: [{ person: PERSON, name: "Ada", passkeys: [passkey("a")] }],
  resources: [],
};
const { name, ...key } = passkey("b");
const action: PasskeyEnrollAction = {
  kind: "passkey.enroll",
  organization: ORGANIZATION,
  person: PERSON,
  name,
  ...key,
};
const after: PolicyDocument = {
  ...policy,
  version: 2,
  approvers: [{ person: PERSON, name: "Ada", passkeys: [passkey("a"), { ...key, name }] }],
};
const request = {
  kind: "recovery.requested",
  at: "2026-01-01T00:00:00.000Z",
  recovery: "rec_1",
  method: "code",
  action,
  readyAt: "2026-01-02T00:00:00.000Z",
} as const;
const applied = {
  kind: "recovery.applied",
  at: "2026-01-02T00:00:01.000Z",
  recovery: "rec_1",
  policy: { version: 2, document: jcsDigest(after) },
} as const;

function replay(): { seen: SeenPeople; chain: { policy: PolicyState | null } } {
  return { seen: noPeople(), chain: { policy: { version: 1, document: policy } } };
}

test("a recovery that was asked for is applied after its delay, and the policy goes on from it", () => {
  const { seen, chain } = replay();
  expect(peopleFault(seen, request, gate, chain)).toBeNull();
  expect(peopleFault(seen, applied, gate, chain)).toBeNull();
  expect(chain.policy).toEqual({ version: 2, document: after });
});

test.each([
  ["that nobody asked for", [applied], /not asked for/],
  ["before its delay is over", [request, { ...applied, at: "2026-01-01T23:59:59.000Z" }], /before its delay/],
  ["twice", [request, applied, applied], /not asked for/],
  [
    "with another policy",
    [request, { ...applied, policy: { version: 2, document: "0".repeat(64) } }],
    /another policy/,
  ],
  ["without saying that the policy changes", [request, { ...applied, policy: null }], /another policy/],
  ["asked for twice under one name", [request, request], /requested twice/],
  [
    "of another organization",
    [{ ...request, action: { ...action, organization: "org_bbbbbbbbbbbb" } }],
    /another organization/,
  ],
] as const)("W11: a recovery %s is the first bad entry", (_what, bodies, why) => {
  const { seen, chain } = replay();
  const faults = bodies.map((body) => peopleFault(seen, body, gate, chain));
  expect(faults.slice(0, -1)).toEqual(faults.slice(0, -1).map(() => null));
  expect(faults.at(-1)).toMatch(why);
});

test("W14: a statement's challenge is none of a decision, a sign-in or an enrolment, and changes with each field", () => {
  const statement = { kind: "passkey.remove", credential: "c".repeat(20) } as const;
  const fields = { installation: "i", person: PERSON, statement, nonce: "AAAA" };
  const challenges = [
    statementChallenge(fields),
    statementChallenge({ ...fields, installation: "j" }),
    statementChallenge({ ...fields, person: "per_bbbbbbbbbbbb" }),
    statementChallenge({ ...fields, statement: { kind: "recovery.code" } }),
    statementChallenge({ ...fields, nonce: "BBBB" }),
    signInChallenge("i", "AAAA"),
    enrolmentChallenge("i", PERSON, "AAAA"),
    decisionChallenge({
      installation: "i",
      organization: ORGANIZATION,
      logHead: `0:${"0".repeat(64)}`,
      hold: "H-00000001",
      actionDigest: "a".repeat(64),
      verdict: { verdict: "approve", words: "", ticked: [] },
      nonce: "AAAA",
    }),
  ];
  expect(new Set(challenges).size).toBe(challenges.length);
});

test("a statement whose challenge is another's is not believed", () => {
  const signed = {
    person: PERSON,
    credential: key.credential,
    publicKey: key.publicKey,
    statement: { kind: "recovery.code" } as const,
    nonce: "AAAA",
    challenge: "AAAA",
    assertion: {
      credential: key.credential,
      clientDataJSON: "e30",
      authenticatorData: "AAAA",
      signature: "AAAA",
      userHandle: null,
    },
  };
  expect(verifyStatement(signed, gate)).toMatch(/challenge is not/);
});

test("the words of a key are five, pronounceable, and others for another key or another credential", () => {
  const words = keyWords(passkey("a"));
  expect(words).toMatch(/^([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]-?){5}$/);
  expect(keyWords({ ...passkey("a"), credential: "b".repeat(20) })).not.toBe(words);
  expect(keyWords({ ...passkey("a"), publicKey: "b".repeat(20) })).not.toBe(words);
});
