import { createSoftwareAuthenticator } from "@nightgate/testkit/software-authenticator";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { LIMITS } from "../core/limits.ts";
import { addRepository, fakePushes, type PushPlace, push } from "../testing/fake-push.ts";
import {
  approve,
  type Founder,
  found,
  openTestGate,
  ORIGIN,
  reject,
  RP_ID,
  settled,
  type TestGate,
} from "../testing/test-core.ts";

const fake = fakePushes();
let gate: TestGate;
let ada: Founder;
let place: PushPlace;
let commit = 16;

beforeAll(async () => {
  gate = await openTestGate(inject("postgres"), { handlers: [fake.handler] });
  ada = await found(gate);
  place = await addRepository(gate, ada);
});
afterAll(async () => await gate.close());
beforeEach(() => {
  fake.sent.length = 0;
});

const APPROVE = { verdict: "approve", words: "", ticked: [] } as const;
const fresh = async (options: Parameters<typeof push>[3] = {}): ReturnType<typeof push> =>
  await push(gate, ada, place, { commit: (commit++).toString(16), ...options });
const begin = async (
  hold: string,
  verdict: Parameters<TestGate["core"]["decisions"]["begin"]>[3] = { ...APPROVE, ticked: [] },
): Promise<unknown> => await gate.core.decisions.begin(ada.person, ada.organization, hold, verdict);
const finish = async (hold: string, answer: unknown): Promise<unknown> =>
  await gate.core.decisions.finish(ada.person, ada.organization, hold, answer);
const stateOf = async (hold: string): Promise<string> =>
  (await gate.core.holds.get(ada.organization, hold)).state;

test("an approval releases exactly the held action, with the credential that only the gate has", async () => {
  const hold = await fresh();
  await approve(gate, ada, hold.id);
  expect(await settled(gate, ada, hold.id)).toMatchObject({
    state: "released",
    decidedBy: ada.person,
    words: "It arrived.",
  });
  expect(fake.sent).toEqual([hold.actionDigest]);
  expect(fake.credentials.at(-1)).toBe("push-secret");
});

test("a rejection needs words, keeps them, and is final (W22)", async () => {
  const hold = await fresh();
  await expect(begin(hold.id, { verdict: "reject", words: "  ", ticked: [] })).rejects.toMatchObject({
    code: "decision.words-missing",
  });
  await reject(gate, ada, hold.id, "Use a branch.");
  expect(await gate.core.holds.get(ada.organization, hold.id)).toMatchObject({
    state: "rejected",
    words: "Use a branch.",
  });
  await expect(begin(hold.id)).rejects.toMatchObject({ code: "hold.decided" });
  expect(fake.sent).toEqual([]);
});

describe("invariant 3: what you see is what you sign", () => {
  test("an assertion decides once: replayed, it is refused (W3)", async () => {
    const hold = await fresh();
    const answer = ada.authenticator.get(await begin(hold.id));
    await finish(hold.id, answer);
    await settled(gate, ada, hold.id);
    await expect(finish(hold.id, answer)).rejects.toMatchObject({ code: "hold.dispatched" });
    expect(fake.sent).toHaveLength(1);
  });

  test("an assertion for one hold does not decide another (G14, W3)", async () => {
    const [first, second] = [await fresh(), await fresh()];
    const answer = ada.authenticator.get(await begin(first.id));
    await expect(finish(second.id, answer)).rejects.toMatchObject({ code: "challenge.unusable" });
    expect([await stateOf(first.id), await stateOf(second.id)]).toEqual(["pending", "pending"]);
  });

  test("an assertion over a rejection does not approve, however the kept challenge is edited", async () => {
    const hold = await fresh();
    const answer = ada.authenticator.get(
      await begin(hold.id, { verdict: "reject", words: "No.", ticked: [] }),
    );
    await gate.forge(
      ada.organization,
      `UPDATE gate.challenges SET context = jsonb_set(context, '{verdict}', '{"verdict":"approve","words":"","ticked":[]}') WHERE used_at IS NULL`,
    );
    await expect(finish(hold.id, answer)).rejects.toMatchObject({ code: "approval.invalid" });
    expect(await stateOf(hold.id)).toBe("pending");
  });

  test("a challenge expires", async () => {
    const hold = await fresh();
    const options = await begin(hold.id);
    gate.clock.advance(LIMITS.challengeMs);
    await expect(finish(hold.id, ada.authenticator.get(options))).rejects.toMatchObject({
      code: "challenge.unusable",
    });
    gate.clock.advance(-LIMITS.challengeMs);
  });

  test("what cannot be drawn must be ticked, all of it and nothing else", async () => {
    const hold = await fresh({ undrawn: [{ what: "logo.png", bytes: 9, digest: "c".repeat(64) }] });
    await expect(begin(hold.id)).rejects.toMatchObject({ code: "decision.ticks-differ" });
    await expect(
      begin(hold.id, { ...APPROVE, ticked: ["c".repeat(64), "d".repeat(64)] }),
    ).rejects.toMatchObject({ code: "decision.ticks-differ" });
    await approve(gate, ada, hold.id);
    expect((await settled(gate, ada, hold.id)).state).toBe("released");
  });

  test.each([
    ["on another origin (W8, W15)", { origin: "http://web.localhost:4600" }],
    ["on another port", { origin: "http://gate.localhost:4602" }],
    ["for another relying party", { rpId: "localhost" }],
    ["inside another site's page", { crossOrigin: true }],
    ["inside a named other site's page", { crossOrigin: true, topOrigin: "https://evil.example" }],
    ["without verifying the person", { flags: 1 }],
    ["without anybody present", { flags: 4 }],
    ["as a registration (W6)", { type: "webauthn.create" }],
    ["as a payment (W6)", { type: "payment.get" }],
    ["for another person", { userHandle: "c29tZWJvZHktZWxzZQ" }],
  ])("an assertion made %s is refused", async (_how, lies) => {
    const hold = await fresh();
    await expect(approve(gate, ada, hold.id, lies)).rejects.toMatchObject({ code: "passkey.refused" });
    expect(await stateOf(hold.id)).toBe("pending");
  });

  test("a sign-in assertion decides nothing (W14)", async () => {
    const hold = await fresh();
    const signIn = ada.authenticator.get(await gate.core.passkeys.beginSignIn());
    await expect(finish(hold.id, signIn)).rejects.toMatchObject({ code: "challenge.unusable" });
    // And the other way round: a page that passes a decision's challenge off as a sign-in gets no session.
    const decision = ada.authenticator.get(await begin(hold.id));
    await expect(gate.core.passkeys.finishSignIn(decision, "")).rejects.toMatchObject({
      code: "challenge.unusable",
    });
  });

  test("a sign-in challenge row that is relabelled as a decision decides nothing (W14)", async () => {
    const hold = await fresh();
    const options = (await gate.core.passkeys.beginSignIn()) as { challenge: string };
    const context = {
      organization: ada.organization,
      hold: hold.id,
      actionDigest: hold.actionDigest,
      verdict: APPROVE,
      nonce: "A".repeat(43),
      logHead: await headText(),
    };
    await gate.forge(
      ada.organization,
      "UPDATE gate.challenges SET purpose = 'decide', person_id = $1, context = $2 WHERE challenge = $3",
      [ada.person, JSON.stringify(context), options.challenge],
    );
    await expect(finish(hold.id, ada.authenticator.get(options))).rejects.toMatchObject({
      code: "approval.invalid",
    });
    expect(await stateOf(hold.id)).toBe("pending");
  });
});

describe("invariant 4: only an approver of the signed policy decides", () => {
  test("somebody else's passkey", async () => {
    const hold = await fresh();
    const stranger = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
    stranger.create({ challenge: "AAAA", user: { id: "AAAA" } });
    const options = (await begin(hold.id)) as { challenge: string };
    await expect(finish(hold.id, stranger.get({ challenge: options.challenge }))).rejects.toMatchObject({
      code: "passkey.refused",
    });
  });

  test("a passkey row that a thief of the database wrote, with the approver as its person", async () => {
    const hold = await fresh();
    const stranger = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
    const made = stranger.create({ challenge: "AAAA", user: { id: "AAAA" } });
    await gate.forge(
      ada.organization,
      "INSERT INTO gate.passkeys (credential, person_id, public_key, name) SELECT $1, person_id, public_key, 'mine' FROM gate.passkeys WHERE person_id = $2 LIMIT 1",
      [made["id"], ada.person],
    );
    const options = (await begin(hold.id)) as { challenge: string };
    await expect(
      finish(hold.id, stranger.get({ challenge: options.challenge }, { userHandle: null })),
    ).rejects.toMatchObject({ code: "decision.not-approver" });
    await gate
      .forge(ada.organization, "DELETE FROM gate.passkeys WHERE credential = $1", [made["id"]])
      .catch((error: unknown) => error);
  });

  test("a member of another organization sees nothing (invariant 9)", async () => {
    const eve = await found(gate, "Eve");
    const hold = await fresh();
    await expect(
      gate.core.decisions.begin(eve.person, ada.organization, hold.id, { ...APPROVE, ticked: [] }),
    ).rejects.toMatchObject({ code: "not-found" });
    await expect(
      gate.core.decisions.begin(eve.person, eve.organization, hold.id, { ...APPROVE, ticked: [] }),
    ).rejects.toMatchObject({ code: "not-found" });
    const unknown = await gate.core.holds
      .get(eve.organization, "H-00000000")
      .then(() => "")
      .catch(messageOf);
    const others = await gate.core.holds
      .get(eve.organization, hold.id)
      .then(() => "")
      .catch(messageOf);
    expect(others).toBe(unknown.replace("H-00000000", hold.id));
  });

  test("a member who is no approver", async () => {
    const eve = await found(gate, "Trudy");
    await gate.forge(
      ada.organization,
      "INSERT INTO gate.memberships (organization_id, person_id, role) VALUES ($1, $2, 'owner')",
      [ada.organization, eve.person],
    );
    const hold = await fresh();
    await expect(
      gate.core.decisions.begin(eve.person, ada.organization, hold.id, { ...APPROVE, ticked: [] }),
    ).rejects.toMatchObject({ code: "decision.not-approver" });
  });
});

test("invariant 6: two tabs decide at the same time, one wins and the other is told (W4)", async () => {
  const hold = await fresh();
  const [yes, no] = [
    ada.authenticator.get(await begin(hold.id)),
    ada.authenticator.get(await begin(hold.id, { verdict: "reject", words: "No.", ticked: [] })),
  ];
  const results = await Promise.allSettled([finish(hold.id, yes), finish(hold.id, no)]);
  expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const lost = results.find((result) => result.status === "rejected");
  // Which of the two depends on how far the other one has come. That another approver is waited for would be no answer.
  expect(lost?.reason).toMatchObject({
    code: expect.stringMatching(/^hold\.(decided|dispatched)$/) as string,
  });
});

test("invariant 6: one assertion submitted twice at once counts once (W4)", async () => {
  const hold = await fresh();
  const answer = ada.authenticator.get(await begin(hold.id));
  const results = await Promise.allSettled([
    finish(hold.id, answer),
    finish(hold.id, answer),
    finish(hold.id, answer),
  ]);
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  await settled(gate, ada, hold.id);
  expect(fake.sent.filter((digest) => digest === hold.actionDigest)).toHaveLength(1);
});

describe("invariant 8: with a clock that is off nothing is decided", () => {
  test("more than 30 s against Postgres", async () => {
    const hold = await fresh();
    gate.clock.advance(31_000);
    await expect(begin(hold.id)).rejects.toMatchObject({ code: "clock.off" });
    gate.clock.advance(-31_000);
    await begin(hold.id);
  });

  test("behind the last receipt, also between asking and answering", async () => {
    const hold = await fresh();
    const options = await begin(hold.id);
    gate.clock.advance(-20_000);
    await expect(finish(hold.id, ada.authenticator.get(options))).rejects.toMatchObject({
      code: "clock.off",
    });
    gate.clock.advance(20_000);
    expect(await stateOf(hold.id)).toBe("pending");
  });
});

test("a page that shows a superseded push cannot approve it (W17)", async () => {
  const old = await fresh();
  const options = await begin(old.id);
  const newer = await fresh({ supersedes: old.id });
  await expect(finish(old.id, ada.authenticator.get(options))).rejects.toMatchObject({
    code: "hold.decided",
    details: { state: "superseded" },
  });
  await approve(gate, ada, newer.id);
  await settled(gate, ada, newer.id);
  expect(fake.sent).toEqual([newer.actionDigest]);
});

test("invariant 11: after all of this the log verifies, decisions included", async () => {
  expect(await gate.core.receipts.verify(ada.organization)).toMatchObject({ firstBad: null });
});

async function headText(): Promise<string> {
  const { size, root } = await gate.core.receipts.verified(ada.organization);
  return `${size}:${root}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
