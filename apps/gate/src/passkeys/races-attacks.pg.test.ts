/** Everything that works once, asked for twice in the same moment: of those who ask, one gets it (attacks W4, W11, A10). */
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { device, openPeopleWorld, type PeopleWorld } from "../testing/people-world.ts";
import { found } from "../testing/test-core.ts";

let t: PeopleWorld;
beforeAll(async () => {
  t = await openPeopleWorld(inject("postgres"));
});
afterAll(async () => await t.gate.close());

const TIMES = 4;
/** Runs them all at once and answers how many got it. */
async function winners(works: (() => Promise<unknown>)[]): Promise<number> {
  const results = await Promise.allSettled(works.map(async (work) => await work()));
  return results.filter(({ status }) => status === "fulfilled").length;
}
const times = <Result>(make: (at: number) => Result): Result[] =>
  Array.from({ length: TIMES }, (_, at) => make(at));

test("W4: a sign-in's assertion opens one session", async () => {
  const { passkeys } = t.gate.core;
  const answer = t.ada.authenticator.get(await passkeys.beginSignIn());
  expect(await winners(times(() => async () => await passkeys.finishSignIn(answer, "test")))).toBe(1);
});

test("W11: a printed code lets in one new key, whoever else has read it from the paper", async () => {
  const { recovery } = t.persons();
  const cy = await found(t.gate, "Cy");
  const options = await recovery.beginCode(cy.person);
  const { code } = await recovery.finishCode(cy.person, cy.authenticator.get(options));
  const begun = await Promise.all(times(async () => await recovery.begin(code)));
  const answers = begun.map((each) => device().create(each));
  expect(
    await winners(answers.map((answer, at) => async () => await recovery.finish(answer, `Key ${at}`))),
  ).toBe(1);
  expect((await recovery.waiting(cy.organization)).filter(({ person }) => person === cy.person)).toHaveLength(
    1,
  );
});

test("W11: a signature that makes a printed code makes one", async () => {
  const { recovery } = t.persons();
  const answer = t.ada.authenticator.get(await recovery.beginCode(t.ada.person));
  expect(await winners(times(() => async () => await recovery.finishCode(t.ada.person, answer)))).toBe(1);
});

test("W11: a link for a phone makes one key", async () => {
  const { ownPasskeys } = t.persons();
  const made = await ownPasskeys.makeLink(t.ada.person, t.ada.organization, t.ada.person);
  const [organization = "", token = ""] = made.secret.split(".");
  const begun = await Promise.all(times(async () => await ownPasskeys.beginByLink({ organization, token })));
  const answers = begun.map((each) => device().create(each));
  expect(
    await winners(
      answers.map((answer, at) => async () => await ownPasskeys.finishByLink(answer, `Phone ${at}`)),
    ),
  ).toBe(1);
  expect(await ownPasskeys.waiting(t.ada.person, t.ada.organization)).toHaveLength(1);
});

test("A10: an invitation is accepted by one of those who are signed in, and by one of those who are not", async () => {
  const people = await Promise.all(
    times(async (at) => await t.join(t.ada.organization, "viewer", `Member ${at}`)),
  );
  const other = await found(t.gate, "Dee");
  const link = await t.invitation(other.organization, "admin");
  const { joining } = t.persons();
  expect(
    await winners(
      people.map(
        ({ person }) =>
          async () =>
            await joining.accept(person, link),
      ),
    ),
  ).toBe(1);
  const members = await t.persons().organizations.members(other.organization);
  expect(members.filter(({ role }) => role === "admin")).toHaveLength(1);
});

test("A10: web's code is swapped for one token", async () => {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const { signInCodes } = t.gate.core;
  const code = await signInCodes.issue(t.ada.person, challenge);
  expect(await winners(times(() => async () => await signInCodes.redeem(code, verifier)))).toBe(1);
});

test("W4: two proposals of one change, approved at once, change the policy once for each version", async () => {
  const { ada, gate } = t;
  const before = await gate.core.policies.current(ada.organization);
  const propose = async (): Promise<{ id: string }> =>
    await gate.core.policyChanges.propose(ada.person, ada.organization, {
      resources: before.resources,
      secrets: [],
    });
  const [first, second] = [await propose(), await propose()];
  const approve = async (hold: string): Promise<unknown> => {
    const options = await gate.core.decisions.begin(ada.person, ada.organization, hold, {
      verdict: "approve",
      words: "",
      ticked: [],
    });
    return await gate.core.decisions.finish(
      ada.person,
      ada.organization,
      hold,
      ada.authenticator.get(options),
    );
  };
  await winners(
    [first, second].map(
      ({ id }) =>
        async () =>
          await approve(id),
    ),
  );
  for (const { id } of [first, second])
    await gate.core.holds.waitUntilSettled(ada.organization, id, 10_000, new AbortController().signal);
  const after = await gate.core.policies.current(ada.organization);
  expect(after.version).toBe(before.version + 1);
});

test("invariant 11: after all of this the log verifies", async () => {
  expect(await t.verified()).toBeNull();
});
