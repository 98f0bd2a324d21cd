// Channels in a real Chromium: put into the policy and signed, linked by a code, tried, ordered by what wakes one, and the briefing set.
import { startTelegramApi, type TelegramApi } from "@nightgate/testkit/fake-internet/telegram-api";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Channels } from "../channels/channels.ts";
import { channelsOf } from "../channels/testing.ts";
import { createChangesHub, type ChangesHub } from "../store/changes-hub.ts";
import { ORIGIN } from "../testing/test-core.ts";
import { type Evening, openEvening } from "./testing/evening.ts";

const SLOW_MS = 60_000;
let evening: Evening;
let telegram: TelegramApi;
let channels: Channels;
let changes: ChangesHub;

beforeAll(async () => {
  telegram = await startTelegramApi();
  evening = await openEvening(inject("postgres"), {
    channels: (gate) => {
      channels = channelsOf(gate);
      return channels.members;
    },
  });
  changes = createChangesHub(evening.world.gate.database.urls.gate);
  channels.start(changes);
}, SLOW_MS);
afterAll(async () => {
  await channels.stop();
  await changes.stop();
  await evening.close();
  await telegram.stop();
});

test(
  "Telegram, from the form to the first message",
  async () => {
    const { page, context, complaints } = await evening.phone();
    page.setDefaultTimeout(20_000);
    await page.goto(`${ORIGIN}/policy`);
    await page.getByRole("button", { name: "Add a channel" }).click();
    await page.getByLabel("Address").fill(telegram.url);
    await page.getByLabel("Credential").fill("not a token");
    await page.getByRole("button", { name: "Review and sign" }).click();
    await page.getByText("a bot's token looks like").waitFor();
    await page.getByLabel("Credential").fill(telegram.token);
    await page.getByRole("button", { name: "Review and sign" }).click();
    await page.waitForURL(/\/holds\/H-/);
    await page.getByText("it can approve nothing").waitFor();
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await page.waitForURL(`${ORIGIN}/policy**`);
    await page.goto(`${ORIGIN}/notifications`);
    await page.getByRole("button", { name: "Link telegram" }).click();
    await page.getByRole("button", { name: "Show a code" }).click();
    const words = (await page.getByText("Send the bot @nightgate_test_bot this message").textContent()) ?? "";
    const code = /\/link (\w+)/.exec(words)?.[1] ?? "";
    expect(await page.getByRole("link", { name: "Open it" }).getAttribute("href")).toBe(
      `https://t.me/nightgate_test_bot?start=${code}`,
    );
    telegram.write(4001, `/start ${code}`);
    await expect.poll(() => telegram.sent.map(({ text }) => text).join()).toContain("You are linked.");
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("@person4001").waitFor();
    await page.getByRole("button", { name: "Send a test to telegram" }).click();
    await page.getByText("telegram: test").waitFor();
    await expect.poll(() => telegram.sent.map(({ text }) => text).join()).toContain("This is a test.");
    await page.getByLabel("What goes wrong").check();
    await page.getByLabel("At most, a night").fill("2");
    // Drawn anew by what happens meanwhile, the page takes nothing away that is not kept yet.
    const section = page.locator("section[aria-labelledby=channels]");
    await section.evaluate((there) => there.setAttribute("data-before", ""));
    await page.getByRole("button", { name: "Send a test to telegram" }).click();
    await page.locator("section[aria-labelledby=channels]:not([data-before])").waitFor();
    await page.getByRole("button", { name: "Keep", exact: true }).click();
    await expect
      .poll(async () => await channels.attention.of(evening.ada.person))
      .toMatchObject({
        nightMax: 2,
        wakes: ["urgent", "failure"],
      });
    await page.getByRole("button", { name: "Send it then" }).click();
    await page.getByText("Every day at 07:00").waitFor();
    await page.getByRole("button", { name: "Unlink telegram" }).click();
    await page.getByRole("button", { name: "Link telegram" }).waitFor();
    // The form that was refused is the one thing that went wrong.
    expect(complaints.filter((line) => !line.includes("422") && !line.includes("400"))).toEqual([]);
    await context.close();
  },
  SLOW_MS,
);
