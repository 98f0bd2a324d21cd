// The gate's pages in a real Chromium with a virtual authenticator: what a person does.
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { ORIGIN } from "../testing/test-core.ts";
import { openPhone, type Phone } from "./testing/browser.ts";
import { type Evening, openEvening } from "./testing/evening.ts";
import { WEB_ORIGIN } from "./testing/pages-world.ts";
import { hugeView } from "./testing/push-views.ts";

const SLOW_MS = 60_000;
/** A busy machine takes its time; what does not come at all is what fails. */
const SOON = { timeout: 15_000 };
let evening: Evening;
let phone: Phone;
beforeAll(async () => {
  evening = await openEvening(inject("postgres"));
}, SLOW_MS);
afterAll(async () => await evening.close());
beforeEach(async () => {
  phone = await evening.phone();
});
afterEach(async () => await phone.context.close());

test(
  "the first person: the code, a passkey, version 1 of the policy read and signed, and back to web",
  async () => {
    const fresh = await openPhone(evening.browser, null);
    await fresh.context.route(
      `${WEB_ORIGIN}/**`,
      async (route) => await route.fulfill({ body: "web", contentType: "text/plain" }),
    );
    const { page } = fresh;
    const [state, challenge] = ["s".repeat(22), "c".repeat(43)];
    await page.goto(`${ORIGIN}/sign-in?state=${state}&challenge=${challenge}`);
    await page.getByRole("link", { name: /enrol with the one-time code/i }).click();
    await page.getByLabel("One-time code").fill(evening.world.gate.core.enrolmentCode.renew());
    await page.getByLabel("Your name").fill("Grace");
    await page.getByLabel("Name of your organization").fill("Grace's");
    await page.getByRole("button", { name: "Make my passkey" }).click();
    await page.waitForURL(/\/holds\/H-/);
    await page.getByText("This founds the organization").waitFor();
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await page.waitForURL(`${WEB_ORIGIN}/auth/callback?**`);
    expect(new URL(page.url()).searchParams.get("state")).toBe(state);
    expect(new URL(page.url()).searchParams.get("code")).toMatch(/.{20,}/);
    expect(fresh.complaints).toEqual([]);
    await fresh.context.close();
  },
  SLOW_MS,
);

test("signing in leads to where one wanted to go, and a stranger's passkey leads nowhere", async () => {
  const push = await evening.hold();
  await phone.context.clearCookies();
  await phone.page.goto(`${ORIGIN}/holds/${push.id}`);
  await phone.page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await phone.page.waitForURL(`${ORIGIN}/holds/${push.id}`);
  const stranger = await openPhone(evening.browser, null);
  await stranger.page.goto(`${ORIGIN}/sign-in`);
  await stranger.page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await stranger.page.getByText("No passkey was used").waitFor({ timeout: 70_000 });
  expect(new URL(stranger.page.url()).pathname).toBe("/sign-in");
  await stranger.context.close();
}, 90_000);

test(
  "20,000 lines are all on the page before Approve opens, and lines are never cut at the edge",
  async () => {
    const push = await evening.hold({ view: hugeView(20_000) });
    await phone.page.goto(`${ORIGIN}/holds/${push.id}`);
    await phone.page.locator(".approve:enabled").waitFor({ timeout: 60_000 });
    expect(await phone.page.locator(".line-text").count()).toBe(20_000);
    expect(await phone.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(
      true,
    );
  },
  SLOW_MS,
);

test(
  "an open page learns that its push was replaced, leads to the newer one, and can no longer decide (attack W17)",
  async () => {
    const first = await evening.hold();
    await phone.page.goto(`${ORIGIN}/holds/${first.id}`);
    await phone.page.locator(".approve:enabled").waitFor();
    const second = await evening.hold({ supersedes: first.id });
    await phone.page.getByText("Replaced by a newer push").waitFor();
    expect(await phone.page.getByRole("button", { name: "Approve" }).isVisible()).toBe(false);
    await phone.page.getByRole("link", { name: `Go to ${second.id}` }).click();
    await phone.page.waitForURL(`${ORIGIN}/holds/${second.id}`);
    await phone.page.getByText("Asked, in place of").waitFor();
  },
  SLOW_MS,
);

test(
  "rejecting asks for words, and they are kept for the agent",
  async () => {
    const push = await evening.hold();
    const { page } = phone;
    await page.goto(`${ORIGIN}/holds/${push.id}`);
    await page.getByRole("button", { name: "Reject", exact: true }).click();
    const send = page.getByRole("button", { name: "Reject with passkey" });
    expect(await send.isDisabled()).toBe(true);
    await page
      .getByLabel("What should the agent do instead?")
      .fill("Not the lockfile. <b>Run the tests</b> first.");
    await send.click();
    await page.getByText("Rejected by Ada. Nothing was sent.").waitFor();
    expect(await evening.world.gate.core.holds.get(evening.ada.organization, push.id)).toMatchObject({
      state: "rejected",
      words: "Not the lockfile. <b>Run the tests</b> first.",
    });
  },
  SLOW_MS,
);

test(
  "a key and a repository in one form, one signature, and back to web; nothing else is ever led to",
  async () => {
    const { page } = phone;
    await phone.context.route(
      `${WEB_ORIGIN}/**`,
      async (route) => await route.fulfill({ body: "web", contentType: "text/plain" }),
    );
    await page.goto(`${ORIGIN}/setup/add?return=${encodeURIComponent("https://evil.example/x")}`);
    expect(await page.evaluate(() => document.body.dataset["return"])).toBeUndefined();
    await page.goto(
      `${ORIGIN}/setup/add?workstation=ws_aaaaaaaaaaaa&return=${encodeURIComponent(`${WEB_ORIGIN}/setup`)}`,
    );
    await page.getByRole("button", { name: "Review and sign" }).click();
    await page.getByText("Address is needed.").waitFor();
    await page.getByLabel("Address", { exact: true }).fill("https://git.example.com/acme/api.git");
    await page.getByLabel("Key optional").fill("sk-canary-model");
    await page.getByLabel("Credential optional").fill("token-canary");
    await page.getByRole("button", { name: "Review and sign" }).click();
    await page.waitForURL(/\/holds\/H-/);
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await page.waitForURL(`${WEB_ORIGIN}/setup`);
    const policy = await evening.world.gate.core.policies.current(evening.ada.organization);
    expect(policy.resources.map((resource) => [resource.kind, resource.name])).toEqual(
      expect.arrayContaining([
        ["git", "acme/api"],
        ["model", "api.anthropic.com"],
      ]),
    );
    expect(
      (await evening.world.gate.core.vault.list(evening.ada.organization))
        .map((slot) => slot.slot)
        .toSorted(),
    ).toEqual(["git.credential", "git.credential", "model.key"]);
    expect(phone.complaints).toEqual([]);
  },
  SLOW_MS,
);

test(
  "the rehearsal is one button, and marked as one wherever it appears",
  async () => {
    const { page } = phone;
    await page.goto(`${ORIGIN}/setup/add`);
    await page.getByRole("button", { name: "Try it without a key" }).click();
    await page.waitForURL(/\/holds\/H-/);
    // A repository, and a model for each of the two APIs.
    await expect
      .poll(async () => await page.locator(".change .badge", { hasText: "Rehearsal" }).count(), SOON)
      .toBe(3);
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await page.waitForURL(`${ORIGIN}/policy`);
    await expect
      .poll(async () => await page.locator(".row .badge", { hasText: "Rehearsal" }).count(), SOON)
      .toBe(3);
    await page.goto(`${ORIGIN}/setup/add`);
    await page.getByLabel("Base address").waitFor();
    expect(await page.getByRole("button", { name: "Try it without a key" }).count()).toBe(0);
  },
  SLOW_MS,
);

test(
  "without the gate there is a page that says so, and nothing of a hold is kept on the device",
  async () => {
    const { page, context } = phone;
    await page.goto(`${ORIGIN}/holds`);
    await page.evaluate(async () => await navigator.serviceWorker.ready);
    await page.reload();
    await context.setOffline(true);
    await page.goto(`${ORIGIN}/policy`);
    await page.getByRole("heading", { name: "The gate cannot be reached" }).waitFor();
    const kept = await page.evaluate(async () =>
      (
        await Promise.all(
          (await caches.keys()).map(async (name) =>
            (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname),
          ),
        )
      ).flat(),
    );
    expect(kept.filter((path) => path.startsWith("/api/") || path.startsWith("/holds"))).toEqual([]);
  },
  SLOW_MS,
);

test(
  "an outcome that nobody knows is settled by a person, with a signature",
  async () => {
    const { pushes, gate } = evening.world;
    const push = await evening.hold();
    pushes.next = "dies-after";
    pushes.found = { state: "unknown", words: "The gate was interrupted.", evidence: {} };
    const { page } = phone;
    await page.goto(`${ORIGIN}/holds/${push.id}`);
    await page.locator(".approve:enabled").click();
    await page.getByText("Nobody can say if it arrived.").waitFor();
    pushes.next = "arrives";
    await page.getByRole("button", { name: "It did not arrive" }).click();
    await page.waitForURL((url) => url.pathname.startsWith("/holds/H-") && !url.pathname.endsWith(push.id));
    await page.getByText("it did not arrive").waitFor();
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await page.getByText("Signed, and in force.").waitFor();
    expect((await gate.core.holds.get(evening.ada.organization, push.id)).state).toBe("failed");
    expect(pushes.sent.filter((digest) => digest === push.actionDigest)).toHaveLength(1);
  },
  SLOW_MS,
);

test(
  "a second passkey is made first, then signed for with the old one",
  async () => {
    const { page, cdp } = phone;
    await page.goto(`${ORIGIN}/passkeys`);
    await page.getByText("This is your only passkey.").waitFor();
    // Another device: the one that is there refuses to hold two for one person.
    const second = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "usb",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.getByLabel("Name of the new passkey").fill("Spare key");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.waitForURL(/\/holds\/H-/);
    await page.getByText("sign decisions from now on").waitFor();
    await cdp.send("WebAuthn.removeVirtualAuthenticator", second);
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await page.waitForURL(`${ORIGIN}/passkeys`);
    await page.getByText("Spare key").waitFor();
    expect(await page.getByText("may approve").count()).toBe(2);
  },
  SLOW_MS,
);

test(
  "a grant: asked for from a hold's sheet, read, signed, used and taken back",
  async () => {
    const push = await evening.hold();
    const { page } = phone;
    await page.goto(`${ORIGIN}/holds/${push.id}`);
    await page.getByRole("link", { name: "Allow a number of them in advance" }).click();
    await page.getByLabel("How many pushes").fill("3");
    await page.getByLabel("Branches").fill("agent/* docs");
    await page.getByRole("button", { name: "Look at it and sign" }).click();
    await page.waitForURL(/\/holds\/H-/);
    await page.getByText("These pushes go out without anybody reading them first").waitFor();
    await page.getByText("refs/heads/agent/*, refs/heads/docs").first().waitFor();
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await page.waitForURL(`${ORIGIN}/grants**`);
    await page.getByText("0 of 3 pushes used").waitFor();
    await page.getByRole("button", { name: /Take back/ }).click();
    await page.getByText("Taken back").waitFor();
    expect(phone.complaints).toEqual([]);
  },
  SLOW_MS,
);

test(
  "three holds of one run: read on one sheet, signed with one touch, each approved by itself",
  async () => {
    const run = "run_together0001";
    const holds = [await evening.hold({ run }), await evening.hold({ run }), await evening.hold({ run })];
    const { page } = phone;
    await page.goto(`${ORIGIN}/holds`);
    await page.locator(".group", { hasText: run }).getByRole("link", { name: "Decide together" }).click();
    for (const { id } of holds) await page.getByRole("article", { name: id }).waitFor();
    await page.getByRole("button", { name: "Approve these 3" }).click(SOON);
    await page.getByText("To your holds").waitFor();
    for (const { id } of holds)
      await expect
        .poll(async () => (await evening.world.gate.core.holds.get(evening.ada.organization, id)).state, SOON)
        .toBe("released");
    expect(phone.complaints).toEqual([]);
  },
  SLOW_MS,
);
