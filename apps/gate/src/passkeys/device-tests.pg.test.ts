// The test that a device signs: its own ceremony, after the device has shown a notification, and good for nothing else.
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { CeremonyOptions } from "../core/ports.ts";
import { addRepository, fakePushes, type PushPlace, push } from "../testing/fake-push.ts";
import { type Founder, found, openTestGate, type TestGate } from "../testing/test-core.ts";

let gate: TestGate;
let ada: Founder;
let place: PushPlace;
const COMPUTER = { subscription: null, name: "Linux, Firefox" };

beforeAll(async () => {
  gate = await openTestGate(inject("postgres"), { handlers: [fakePushes().handler] });
  ada = await found(gate);
  place = await addRepository(gate, ada);
});
afterAll(async () => await gate.close());

const tests = (): TestGate["core"]["persons"]["deviceTests"] => gate.core.persons.deviceTests;
const sign = (options: CeremonyOptions): ReturnType<Founder["authenticator"]["get"]> =>
  ada.authenticator.get(options);

async function phone(shownAt: Date | null): Promise<string> {
  const id = `dev${Math.random().toString(36).slice(2)}`;
  await gate.forge(
    ada.organization,
    "INSERT INTO gate.push_subscriptions (id, person_id, endpoint, p256dh, auth, device, shown_at) VALUES ($1, $2, $3, 'k', 'a', 'iPhone, Safari', $4)",
    [id, ada.person, `https://push.example/${id}`, shownAt],
  );
  return id;
}

test("a device that has rung signs a test and is ready; removed, it is not there any more", async () => {
  const id = await phone(new Date());
  await tests().finish(ada.person, sign(await tests().begin(ada.person, { subscription: id, name: "" })));
  expect(await tests().list(ada.person)).toMatchObject([{ subscriptionId: id, device: "iPhone, Safari" }]);
  const { rows } = await gate.forge(
    ada.organization,
    "SELECT person_id, device, rings FROM gate.device_view",
  );
  expect(rows).toEqual([{ person_id: ada.person, device: "iPhone, Safari", rings: true }]);
  await gate.forge(ada.organization, "DELETE FROM gate.push_subscriptions WHERE id = $1", [id]);
  expect(await tests().list(ada.person)).toEqual([]);
});

test("a device that has not rung cannot be signed for, nor somebody else's", async () => {
  const silent = await phone(null);
  const begin = async (person: string): Promise<CeremonyOptions> =>
    await tests().begin(person, { subscription: silent, name: "" });
  await expect(begin(ada.person)).rejects.toMatchObject({ code: "push.not-shown" });
  await expect(begin("per_somebodyelse")).rejects.toMatchObject({ code: "not-found" });
});

test("a computer that is looked at is tested again and stays one device", async () => {
  for (let round = 0; round < 2; round += 1)
    await tests().finish(ada.person, sign(await tests().begin(ada.person, COMPUTER)));
  expect(await tests().list(ada.person)).toMatchObject([{ subscriptionId: null, device: COMPUTER.name }]);
});

test("invariant 3: W14: a test's signature decides no hold and opens no session, and neither of theirs passes for a test", async () => {
  const hold = await push(gate, ada, place, { commit: "11" });
  const signed = sign(await tests().begin(ada.person, COMPUTER));
  const unusable = { code: "challenge.unusable" };
  await expect(
    gate.core.decisions.finish(ada.person, ada.organization, hold.id, signed),
  ).rejects.toMatchObject(unusable);
  await expect(gate.core.passkeys.finishSignIn(signed, "test")).rejects.toMatchObject(unusable);
  const forSignIn = sign(await gate.core.passkeys.beginSignIn());
  await expect(tests().finish(ada.person, forSignIn)).rejects.toMatchObject(unusable);
  expect((await gate.core.holds.get(ada.organization, hold.id)).state).toBe("pending");
});

test("a test's challenge is used once, and by the person who asked for it", async () => {
  const signed = sign(await tests().begin(ada.person, COMPUTER));
  await tests().finish(ada.person, signed);
  await expect(tests().finish(ada.person, signed)).rejects.toMatchObject({ code: "challenge.unusable" });
  const other = sign(await tests().begin(ada.person, COMPUTER));
  await expect(tests().finish("per_somebodyelse", other)).rejects.toMatchObject({
    code: "challenge.unusable",
  });
});
