import { expect, test } from "vitest";
import {
  decisionChallenge,
  enrolmentChallenge,
  logHeadText,
  parseLogHead,
  signInChallenge,
} from "./challenge.ts";

const fields = {
  installation: "installation",
  organization: "org_aaaaaaaaaaaa",
  logHead: logHeadText({ size: 3, root: "0".repeat(64) }),
  hold: "H-00000001",
  actionDigest: "a".repeat(64),
  verdict: { verdict: "approve" as const, words: "", ticked: [] as string[] },
  nonce: "AAAA",
};

test("invariant 3: the challenge of a decision changes with each of its fields, words and ticks included", () => {
  const all = [
    fields,
    { ...fields, installation: "other" },
    { ...fields, organization: "org_bbbbbbbbbbbb" },
    { ...fields, logHead: logHeadText({ size: 4, root: "0".repeat(64) }) },
    { ...fields, hold: "H-00000002" },
    { ...fields, actionDigest: "b".repeat(64) },
    { ...fields, verdict: { ...fields.verdict, verdict: "reject" as const } },
    { ...fields, verdict: { ...fields.verdict, words: "x" } },
    { ...fields, verdict: { ...fields.verdict, ticked: ["a".repeat(64)] } },
    { ...fields, nonce: "BBBB" },
  ].map(decisionChallenge);
  expect(new Set(all).size).toBe(all.length);
});

test("invariant 3: fields are length-prefixed, so that nothing moves from one to the next", () => {
  const one = decisionChallenge({ ...fields, installation: "ab", organization: "c" });
  const other = decisionChallenge({ ...fields, installation: "a", organization: "bc" });
  expect(one).not.toBe(other);
});

test("the challenge is the one that version 1 has always had", () => {
  expect(decisionChallenge(fields)).toMatchInlineSnapshot(`"2eBvNxy83AvaUZk686MVetyEnR1xEiLURlMO0uVP_Yw"`);
});

test("W14: sign-in, enrolment and decision have domains of their own", () => {
  const made = [
    signInChallenge("i", "AAAA"),
    enrolmentChallenge("i", "", "AAAA"),
    decisionChallenge({ ...fields, installation: "i" }),
  ];
  expect(new Set(made).size).toBe(3);
  expect(made.every((challenge) => Buffer.from(challenge, "base64url").length === 32)).toBe(true);
});

test("a log head reads back, and nothing else reads as one", () => {
  const head = { size: 12, root: "ab".repeat(32) };
  expect(parseLogHead(logHeadText(head))).toEqual(head);
  for (const text of [
    "",
    "1",
    "01:" + "a".repeat(64),
    "-1:" + "a".repeat(64),
    "1:" + "A".repeat(64),
    "1:" + "a".repeat(63),
  ])
    expect(parseLogHead(text)).toBeNull();
});
