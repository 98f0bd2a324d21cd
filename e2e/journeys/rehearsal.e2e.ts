// The product's main job, from nothing to commits at an upstream, by the script that `npm run demo` plays.
import { approve, pendingPush, queueTask, reject } from "@nightgate/testkit/evening";
import { upstreamFile } from "@nightgate/testkit/sample-upstream";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Rehearsed, rehearse } from "../rehearsal/rehearse.ts";
import { taskEnds } from "../support/tasks.ts";
import { openWorld, tellOnFailure, type World } from "../support/world.ts";

let world: World;
let rehearsed: Rehearsed;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(() => tellOnFailure(world));
afterAll(async () => await world?.stop());

test("a task's push is held, told to the phone, approved with the passkey, and exactly that commit arrives", async () => {
  rehearsed = await rehearse({ ...world, say: () => undefined });
  const { report } = rehearsed;
  expect(report.agent).toBe("claude");
  expect(report.hold).toMatch(/^H-[0-9A-HJKMNP-TV-Z]{8}$/);
  expect(report.heldSha).toMatch(/^[0-9a-f]{40}$/);
  expect(report.upstreamSha).toBe(report.heldSha);
  expect(report.receiptsVerified).toBe(true);
  for (const name of ["workstationReady", "pushToHeld", "heldToNotified", "approveToUpstream"] as const)
    expect(report[name], name).toBeGreaterThanOrEqual(0);
  expect(upstreamFile(world.product.home, "src/prices.js")).toContain("toFixed(2)");
});

test("what the phone was told names the hold, and nothing that the agent wrote", () => {
  const { report } = rehearsed;
  expect(report.notified.hold).toBe(report.hold);
  const told = JSON.stringify(world.phone.service.received.map(({ message }) => message));
  for (const word of ["toFixed", "EUR", "two decimals", "src/prices.js", "I push to main"])
    expect(told).not.toContain(word);
});

test("the run ends as succeeded, and its page shows the conversation with the hold where it happened", async () => {
  const { evening, job, report } = rehearsed;
  const { task, events } = await taskEnds(evening, job);
  expect(task.runs.map(({ state }) => state)).toEqual(["succeeded"]);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const { web } = evening;
  await web.goto(`${world.product.web}/jobs/${job}`);
  const hold = web.getByRole("region", { name: `Hold ${report.hold}` });
  await hold.waitFor();
  expect(await hold.innerText()).toContain("The upstream has it.");
  await web.getByText("It is pushed. The task is done").first().waitFor();
});

test("home no longer lists it under what needs me", async () => {
  const { web } = rehearsed.evening;
  await web.goto(world.product.web);
  await web.getByText("Nothing needs you").waitFor();
  expect(await web.locator("main").innerText()).not.toContain(rehearsed.report.hold);
});

// Each by the shortest way that still pushes, is held, is told no and why, and does it anew in the same session.
test.each(["codex", "opencode"])(
  "%s is told the reviewer's words in the session that it had, takes them up, and what is approved arrives",
  async (agent) => {
    const { evening } = rehearsed;
    const words = `Say who looks, ${agent}.`;
    const job = await queueTask(evening, "Add a note and push it.", agent);
    const first = await pendingPush(evening);
    await reject(evening, first.id, words);
    const second = await pendingPush(evening, [first.id]);
    await approve(evening, second.id);
    const { task, events } = await taskEnds(evening, job);
    expect(task.runs.map(({ state }) => state)).toEqual(["succeeded"]);
    expect(task["agent"]).toBe(agent);
    // Counted by the gate out of the provider's own answers.
    expect(task.tokens.output).toBeGreaterThan(0);
    expect(upstreamFile(world.product.home, "REVIEW.md")).toContain(words);
    expect(events.filter((event) => event.kind === "started" && event.resumed)).toEqual([]);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  },
);

test("a schedule made in the browser runs its task when asked, and says so", async () => {
  const { evening } = rehearsed;
  const { web } = evening;
  await web.goto(`${world.product.web}/schedules`);
  await web.getByRole("button", { name: "New schedule" }).click();
  const form = web.getByRole("dialog", { name: "New schedule" });
  await form.getByLabel("Name").fill("Nightly note");
  await form.getByLabel("What is to be done?").fill("Write a note, only locally.");
  await form.getByLabel("Expression").fill("30 2 * * 1-5");
  await form.getByText("Next fires, Monday to Friday at 02:30").waitFor();
  await form.getByRole("button", { name: "Create schedule" }).click();
  const row = web.getByRole("article", { name: "Nightly note" });
  await row.getByText("Has not fired yet.").waitFor();
  await row.getByRole("button", { name: "Run now" }).click();
  await row.getByRole("list", { name: "Last fires" }).getByRole("link").click();
  await web.waitForURL((url) => url.pathname.startsWith("/jobs/job_"));
  const { task } = await taskEnds(evening, new URL(web.url()).pathname.split("/").at(-1) ?? "");
  expect(task.runs.map(({ state }) => state)).toEqual(["succeeded"]);
  await web.getByRole("link", { name: /Nightly note/ }).waitFor();
});
