// The three things that make a night: an agent that is held goes on, a decision is its next prompt, and silence is not a no.
import {
  approve,
  type HoldDetail,
  holdReaches,
  openHold,
  pendingPush,
  pushHolds,
  queueTask,
  readHold,
  reject,
} from "@nightgate/testkit/evening";
import { startTelegramApi } from "@nightgate/testkit/fake-internet/telegram-api";
import { databaseAs, onlyOrganization } from "@nightgate/testkit/product-database";
import { upstreamFile, upstreamRefs, upstreamSha } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { linkTelegram } from "../support/channel.ts";
import { type Night, openNight } from "../support/evenings.ts";
import { readTask, taskEnds, taskReaches, toldOf } from "../support/tasks.ts";
import { tellOnFailure } from "../support/world.ts";

/** The gate looks for holds that nobody answered every 30 s. */
const ROUND_MS_MAX = 45_000;
let night: Night;
const shaOf = (hold: HoldDetail): string => hold.action.updates?.[0]?.new ?? "";

/** The agent's own sessions of a task: a resumed one keeps its id. */
async function agentSessions(job: string): Promise<unknown[]> {
  const { home } = night.product;
  const rows = await databaseAs(home, "runner").run(
    `SELECT DISTINCT e.body ->> 'session' AS session FROM jobs.events e JOIN jobs.runs r ON r.id = e.run_id
     WHERE r.job_id = $1 AND e.body ->> 'kind' = 'session.started'`,
    [job],
    await onlyOrganization(home),
  );
  return rows.map(({ session }) => session);
}

/** Approves in two tabs at once, neither of which hears of the other. How many won, and how many were told that they cannot decide any more. */
async function decideInTwoTabs(id: string): Promise<{ won: number; told: number }> {
  const { evening } = night;
  await evening.person.context.route("**/api/events*", async (route) => await route.abort());
  const tabs = [await openHold(evening, id), await openHold(evening, id)];
  const buttons = tabs.map((tab) => tab.getByRole("button", { name: "Approve", exact: true }));
  for (const button of buttons) await until("Approve to open", 20_000, async () => await button.isEnabled());
  await Promise.all(buttons.map(async (button) => await button.click()));
  const said = await Promise.all(
    tabs.map(
      async (tab) =>
        await until("a tab to say what became of its decision", 20_000, async () => {
          const text = await tab.locator("body").innerText();
          return (
            /cannot be decided any more|never sent again/.exec(text)?.[0] ??
            /Approved\.|has arrived/.exec(text)?.[0]
          );
        }),
    ),
  );
  await evening.person.context.unroute("**/api/events*");
  for (const tab of tabs) await tab.close();
  const told = said.filter((words) => /any more|never sent/.test(words)).length;
  return { won: said.length - told, told };
}

beforeAll(async () => {
  night = await openNight();
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => await night?.stop());

test("held push that keeps going: told of the hold the agent goes on, its second push supersedes the first, and one approval releases exactly that", async () => {
  const { evening, product } = night;
  const before = upstreamSha(product.home);
  const job = await queueTask(evening, "Print prices with a currency, push to main, and keep going.");
  await taskReaches(evening, job, "awaiting_approval");
  const [second, first] = await Promise.all(
    (await pushHolds(evening)).map(async ({ id }) => await readHold(evening, id)),
  );
  if (!first || !second) throw new Error("Two pushes were expected");
  expect(first.state).toBe("superseded");
  expect(second).toMatchObject({ state: "pending", supersedes: first.id });
  const held = toldOf(await readTask(evening, job));
  expect(held).toContain(`The push is held as ${first.id}. I do not wait for it`);
  expect(held).toContain(`The push is held as ${second.id}`);
  expect(upstreamSha(product.home)).toBe(before);

  await approve(evening, second.id);
  await holdReaches(evening, second.id, "released");
  expect(upstreamRefs(product.home)).toEqual({ "refs/heads/main": shaOf(second) });
  expect(upstreamFile(product.home, "CHANGELOG.md")).toContain("Prices carry a currency");
  expect((await readHold(evening, first.id)).state).toBe("superseded");
  const { task } = await taskEnds(evening, job);
  expect(task.runs.map(({ state }) => state)).toEqual(["succeeded"]);
});

test("decision is the next prompt: rejected with a sentence, the same session takes it up and pushes anew; two tabs decide, and one of them wins", async () => {
  const { evening, product } = night;
  const known = (await pushHolds(evening)).map(({ id }) => id);
  const before = upstreamSha(product.home);
  const words = "Say in REVIEW.md why; cents matter to the accountants.";
  const job = await queueTask(evening, "Add a note and push it to main.");
  const first = await pendingPush(evening, known);
  await taskReaches(evening, job, "awaiting_approval");
  await reject(evening, first.id, words);
  const second = await pendingPush(evening, [...known, first.id]);
  expect(upstreamSha(product.home)).toBe(before);

  const { events } = await taskReaches(evening, job, "awaiting_approval");
  expect(await agentSessions(job)).toHaveLength(1);
  expect(events.filter(({ kind }) => kind === "prompt").at(-1)?.text).toContain(words);

  expect(await decideInTwoTabs(second.id)).toEqual({ won: 1, told: 1 });
  await holdReaches(evening, second.id, "released");
  expect(upstreamSha(product.home)).toBe(shaOf(await readHold(evening, second.id)));
  expect(upstreamFile(product.home, "REVIEW.md")).toContain(words);
  expect((await taskEnds(evening, job)).task.runs.at(-1)?.state).toBe("succeeded");
});

test("nobody answered: the hold expires as such, never as a person's no, and the agent is told so", async () => {
  const { evening, product } = night;
  const known = (await pushHolds(evening)).map(({ id }) => id);
  const before = upstreamSha(product.home);
  const job = await queueTask(evening, "Add a note and push it to main.");
  await taskReaches(evening, job, "awaiting_approval");
  const { id } = await pendingPush(evening, known);
  // A night goes by: the row's own clock is moved, by the one role that may.
  await databaseAs(product.home, "gate").run(
    "UPDATE gate.holds SET expires_at = now() WHERE id = $1",
    [id],
    await onlyOrganization(product.home),
  );
  await until(
    `${id} to expire`,
    ROUND_MS_MAX,
    async () => (await readHold(evening, id)).state === "expired",
    200,
  );
  const hold = await readHold(evening, id);
  expect(hold.words).toMatch(/nobody answered/i);
  expect(hold["decidedBy"] ?? null).toBeNull();
  const stream = await taskEnds(evening, job);
  const prompt = stream.events.filter(({ kind }) => kind === "prompt").at(-1)?.text ?? "";
  expect(prompt).toMatch(/nobody answered/i);
  expect(prompt).not.toMatch(/reject/i);
  expect(toldOf(stream)).not.toMatch(/rejected/i);
  expect(upstreamSha(product.home)).toBe(before);
  const tab = await openHold(evening, id);
  await tab.getByText("Nobody answered in time.").waitFor();
  expect(await tab.locator("main").innerText()).not.toMatch(/rejected/i);
  await tab.close();
});

test("an agent asks, Telegram carries the question to the person's pocket, and their answer is the agent's to read", async () => {
  const telegram = await startTelegramApi();
  try {
    await linkTelegram(night.evening, telegram, 4001);
    const job = await queueTask(night.evening, "Add a note and push it to main.");
    const { task } = await taskReaches(night.evening, job, "awaiting_approval");
    const answered = night.inside.start(
      `NIGHTGATE_RUN=${task.runs.at(-1)?.id} nightgate ask "May I drop the old table?" --choices yes --choices no --wait-seconds 45 --json`,
    );
    const asked = await until(`the question (${night.product.log("gate", 5)})`, 20_000, () =>
      telegram.sent.find(({ text }) => text.includes("> May I drop the old table?")),
    );
    expect(asked.buttons.map(({ text }) => text)).toEqual(["yes", "no"]);
    telegram.write(4001, "no, keep it for a week", { replyTo: asked.id });
    expect(await answered).toContain("no, keep it for a week");
    await until("the message to say that it is answered", 20_000, () => asked.text.startsWith("Answered by"));
  } finally {
    await telegram.stop();
  }
});
