/** A rejection from a channel carries no signature: the offline verifier believes it of an approver, of what still waits, and of nothing else (L1). */
import type { PasskeyEnrollAction } from "@nightgate/shared/actions";
import { expect, test } from "vitest";
import { actionDigest } from "./digest.ts";
import type { ReceiptBody } from "./receipts.ts";
import { createReplay, type Replay } from "./replay.ts";

const [ORGANIZATION, ADA, EVE, HOLD] = [
  "org_aaaaaaaaaaaa",
  "per_aaaaaaaaaaaa",
  "per_eeeeeeeeeeee",
  "H-AAAAAAAA",
];
const at = "2026-01-01T00:00:00.000Z";
const key = { credential: "a".repeat(20), publicKey: "a".repeat(20) };
const action: PasskeyEnrollAction = {
  kind: "passkey.enroll",
  organization: ORGANIZATION,
  person: ADA,
  name: "phone",
  credential: "b".repeat(20),
  publicKey: "b".repeat(20),
};

function opened(): Replay {
  const replay = createReplay({
    installation: "i",
    organization: ORGANIZATION,
    origins: ["https://gate.example"],
    rpId: "gate.example",
    rootAt: () => null,
  });
  const founder = { person: ADA, name: "Ada", ...key };
  const bodies: ReceiptBody[] = [
    { kind: "organization.founded", at, organization: ORGANIZATION, name: "Acme", founder },
    {
      kind: "hold.opened",
      at,
      hold: HOLD,
      action,
      actionDigest: actionDigest(action),
      card: { title: "t", verb: "v", target: "t", facts: [], flags: [], undrawn: [] },
      workstation: null,
      run: null,
      agentWords: "",
      supersedes: null,
      expiresAt: at,
    },
  ];
  for (const body of bodies) expect(replay.next(body)).toBeNull();
  return replay;
}

const rejected = (person: string): ReceiptBody => ({
  kind: "hold.rejected",
  at,
  hold: HOLD,
  person,
  words: "no",
  channel: "res_aaaaaaaaaaaa",
  service: "telegram",
});

test("an approver rejects what waits, once", () => {
  const replay = opened();
  expect(replay.next(rejected(ADA))).toBeNull();
  expect(replay.next(rejected(ADA))).toBe(`${HOLD} did not wait any more when it was rejected`);
});

test("nobody else does, and nothing that was rejected so is released afterwards", () => {
  const replay = opened();
  expect(replay.next(rejected(EVE))).toContain("somebody who is no approver");
  expect(replay.next(rejected(ADA))).toBeNull();
  expect(replay.next({ kind: "release.started", at, hold: HOLD, actionDigest: actionDigest(action) })).toBe(
    `${HOLD} cannot go from rejected to releasing`,
  );
});
