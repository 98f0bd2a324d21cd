// A real night: one agent session pushes ten times to two branches and asks for two pull requests. One person, at most three taps, and all of it
// arrives: the last commit of each branch, and a pull request on each.
import { holdReaches, pushHolds, queueTask, readHold } from "@nightgate/testkit/evening";
import { type GithubApi, startGithubApi } from "@nightgate/testkit/fake-internet/github-api";
import { rehearsalSecrets, upstreamRefs } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Night, openNight } from "../support/evenings.ts";
import { taskEnds, taskReaches } from "../support/tasks.ts";
import { tellOnFailure } from "../support/world.ts";

const HOST = "api.sample.test";
const BRANCHES = ["agent/prices", "agent/notes"];
let night: Night;
let github: GithubApi;

beforeAll(async () => {
  // A person who is asleep: nobody looks, and no client waits.
  night = await openNight({ NIGHTGATE_TEST: "1", NIGHTGATE_CLIENT_WAIT_MS: "0" });
  const { home } = night.product;
  github = await startGithubApi({
    owner: "git",
    name: "sample-shop",
    token: rehearsalSecrets(home)[1] ?? "",
    hasBranch: (branch) => `refs/heads/${branch}` in upstreamRefs(home),
  });
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => {
  await night?.stop();
  await github?.stop();
});

test("the policy page opens the repository's API, with a signature", async () => {
  const { evening, product } = night;
  const page = evening.web;
  await page.goto(`${product.gate}/policy`);
  await page.getByRole("button", { name: /Change sample-shop/ }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("radio", { name: /Wait for a passkey/ }).check();
  await form.getByLabel("Address of the API").fill(github.url);
  await form.getByLabel("Name that tools ask for").fill(HOST);
  await form.getByRole("button", { name: /Review and sign/ }).click();
  await page.waitForURL(/\/holds\/H-/);
  await page.getByText(`tools ask for ${HOST}`).first().waitFor();
  await page.getByRole("button", { name: "Sign", exact: true }).click();
  await until(
    "the policy to be in force",
    20_000,
    async () => await page.getByText("Signed, and in force").isVisible(),
  );
});

test("ten pushes to two branches and two pull requests: one sheet, one tap, and all of it arrives", async () => {
  const { evening, product } = night;
  const prompt = `Work the whole night, and ask for pull requests at https://${HOST}/repos/git/sample-shop/pulls`;
  const job = await queueTask(evening, prompt);
  await taskReaches(evening, job, "awaiting_approval");
  const pushes = await pushHolds(evening);
  expect(pushes).toHaveLength(10);
  expect(pushes.filter(({ state }) => state === "superseded")).toHaveLength(8);
  expect(github.pulls).toEqual([]);

  const { signatures: before } = await evening.person.exportPasskeys();
  const page = evening.web;
  await page.goto(`${product.gate}/holds`);
  await page.getByRole("link", { name: "Decide together" }).click();
  const approve = page.getByRole("button", { name: "Approve these 4" });
  await until("Approve to open", 20_000, async () => await approve.isEnabled());
  await approve.click();
  await page.getByText("To your holds").waitFor();
  const { signatures: after } = await evening.person.exportPasskeys();
  expect(after - before).toBeLessThanOrEqual(3);

  await until("both pull requests", 60_000, () => github.pulls.length === 2);
  expect(github.pulls.map(({ head }) => head.ref).toSorted()).toEqual([...BRANCHES].toSorted());
  expect(github.pulls.map(({ body }) => body)).toContain("Five rounds.\nRead the last one first.");
  const waiting = pushes.filter(({ state }) => state === "pending");
  const refs = upstreamRefs(product.home);
  for (const { id } of waiting) {
    const hold = await holdReaches(evening, id, "released");
    const update = hold.action.updates?.[0];
    expect(refs[update?.ref ?? ""]).toBe(update?.new);
  }
  expect(Object.keys(refs)).toEqual(expect.arrayContaining(BRANCHES.map((branch) => `refs/heads/${branch}`)));
  expect((await taskEnds(evening, job)).task.runs.at(-1)?.state).toBe("succeeded");
  for (const { id } of pushes)
    expect(["released", "superseded"]).toContain((await readHold(evening, id)).state);
});
