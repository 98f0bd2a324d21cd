// The gate killed with SIGKILL while a push is held and while one is on its way: nothing is lost and nothing is sent twice.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import {
  approve,
  type HoldDetail,
  holdReaches,
  openHold,
  pendingPush,
  pushHolds,
  queueTask,
  readHold,
} from "@nightgate/testkit/evening";
import { keepPushLog, pushAsColleague, timesArrived, upstreamSha } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Night, openNight } from "../support/evenings.ts";
import { anotherProcess, killProcess } from "../support/processes.ts";
import { taskEnds, taskReaches, taskWhere } from "../support/tasks.ts";
import { tellOnFailure } from "../support/world.ts";

const BACK_MS_MAX = 45_000;
const TASK = "Add a note and push it to main.";
let night: Night;
const shaOf = (hold: HoldDetail): string => hold.action.updates?.[0]?.new ?? "";

beforeAll(async () => {
  night = await openNight({ NIGHTGATE_TEST: "1" });
  keepPushLog(night.product.home);
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => await night?.stop());

async function receiptsVerify(): Promise<void> {
  const { person, product } = night.evening;
  const { body } = await askAsPerson(person.context, `${product.gate}/api/audit/verify`, {
    method: "POST",
    data: {},
  });
  expect(body).toMatchObject({ firstBad: null });
}

/** Queues a task whose push is held, and waits for it and for the end of the turn. */
async function heldTask(): Promise<{ job: string; hold: HoldDetail }> {
  const { evening } = night;
  const known = (await pushHolds(evening)).map(({ id }) => id);
  const job = await queueTask(evening, TASK);
  const { id } = await pendingPush(evening, known);
  await taskReaches(evening, job, "awaiting_approval");
  return { job, hold: await readHold(evening, id) };
}

test("killed while a push is held: the hold waits, its page opens, and the approved commit arrives once (invariant 7)", async () => {
  const { evening, product } = night;
  const before = upstreamSha(product.home);
  const { job, hold } = await heldTask();
  await killProcess(night.product, "gate");
  await until(
    "the hold to be there",
    BACK_MS_MAX,
    async () => (await readHold(evening, hold.id)).state === "pending",
  );
  expect(await readHold(evening, hold.id)).toEqual(hold);
  const tab = await openHold(evening, hold.id);
  await tab.getByRole("button", { name: "Approve", exact: true }).waitFor();
  await tab.close();
  expect(upstreamSha(product.home)).toBe(before);
  await approve(evening, hold.id);
  await holdReaches(evening, hold.id, "released");
  expect(upstreamSha(product.home)).toBe(shaOf(hold));
  expect(timesArrived(product.home, shaOf(hold))).toBe(1);
  expect((await taskEnds(evening, job)).task.runs.at(-1)?.state).toBe("succeeded");
  await receiptsVerify();
});

describe("killed while a push is on its way", () => {
  const POINTS = [
    { point: "after-dispatch-journal", ends: ["failed", "unknown"], arrives: 0 },
    { point: "after-release-before-row", ends: ["released"], arrives: 1 },
  ] as const;

  test.each(POINTS)(
    "$point: it is found out, never sent again (invariant 6)",
    async ({ point, ends, arrives }) => {
      const { evening, product } = night;
      const { hold } = await heldTask();
      const fault = join(product.home, "gate/fault-once");
      writeFileSync(fault, point);
      const killed = product.pidOf("gate");
      const before = upstreamSha(product.home);
      await approveAndSeeItDie(hold.id, fault);
      await anotherProcess(product, "gate", killed);
      const state = await until("the hold to be settled", BACK_MS_MAX, async () => {
        const now = (await readHold(evening, hold.id)).state;
        return ["released", "failed", "unknown"].includes(now) ? now : null;
      });
      expect(ends).toContain(state);
      expect(timesArrived(product.home, shaOf(hold))).toBe(arrives);
      expect(upstreamSha(product.home)).toBe(arrives === 1 ? shaOf(hold) : before);
      await receiptsVerify();
    },
  );

  async function approveAndSeeItDie(id: string, fault: string): Promise<void> {
    const tab = await openHold(night.evening, id);
    const button = tab.getByRole("button", { name: "Approve", exact: true });
    await until("Approve to open", 20_000, async () => await button.isEnabled());
    await button.click();
    await until("the gate to be killed", 20_000, () => !existsSync(fault));
    await tab.close();
  }
});

test("runner and web killed in mid-run: the run goes on, and no event is lost or told twice (invariant 10)", async () => {
  const { evening } = night;
  const known = (await pushHolds(evening)).map(({ id }) => id);
  const job = await queueTask(evening, "Add a note slowly and push it to main.");
  await taskWhere(evening, job, "be at work", ({ events }) => JSON.stringify(events).includes("step 2 of 6"));
  await killProcess(night.product, "runner");
  await taskWhere(evening, job, "go on", ({ events }) => JSON.stringify(events).includes("step 4 of 6"));
  await killProcess(night.product, "web");
  const { events } = await taskReaches(evening, job, "awaiting_approval");
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const said = events.filter(({ kind }) => kind === "message").map(({ text }) => text ?? "");
  for (const step of [1, 2, 3, 4, 5, 6])
    expect(said.filter((text) => text.includes(`This is step ${step} of 6.`))).toHaveLength(1);
  expect(events.filter(({ kind }) => kind === "started")).toHaveLength(1);
  await pendingPush(evening, known);
});

test("the upstream moved while the gate was away: the release fails and says so, it never adapts (invariant 5)", async () => {
  const { evening, product } = night;
  const { hold } = await heldTask();
  const moved = pushAsColleague(product.home, "A colleague was faster");
  await killProcess(night.product, "gate");
  await until("the gate to be back", BACK_MS_MAX, async () => await readHold(evening, hold.id));
  await approve(evening, hold.id);
  const { words } = await holdReaches(evening, hold.id, "failed");
  expect(words).toMatch(/moved/i);
  expect(upstreamSha(product.home)).toBe(moved);
});
