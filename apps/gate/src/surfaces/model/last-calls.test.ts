import { afterEach, beforeEach, expect, test } from "vitest";
import { type ModelWorld, startModelWorld } from "./testing/model-world.ts";

let world: ModelWorld;
beforeEach(async () => {
  world = await startModelWorld();
});
afterEach(async () => await world.stop());

const RUN = "run_0123456789ab";
const refused = async (run = RUN): Promise<unknown> =>
  JSON.parse((await world.workstation.ask(`/model/refused/${run}`)).body);
const post = async (): Promise<unknown> => await world.post("/v1/messages", { "nightgate-run": RUN });

test("agentd is told of a refusal until something else has happened, and of no other run's", async () => {
  expect(await refused()).toBeNull();
  world.answerJson(429, { error: {} });
  await post();
  expect(await refused()).toMatchObject({ status: 429 });
  expect(await refused("run_ba9876543210")).toBeNull();
  world.answerJson(200, {});
  await post();
  expect(await refused()).toBeNull();
});

test("while another call of the run is under way, a refused side call stops nothing", async () => {
  const answers: (() => void)[] = [];
  world.listener = (_request, response) => void answers.push(() => response.end("{}"));
  const first = post();
  await expect.poll(() => answers.length).toBe(1);
  world.answerJson(403, { error: {} });
  await post();
  expect(await refused()).toBeNull();
  answers[0]?.();
  await first;
  expect(await refused()).toBeNull();
});

test("a key that is missing is a refusal too, whatever the provider", async () => {
  world.key = null;
  await post();
  expect(await refused()).toMatchObject({ status: expect.any(Number) as number });
});
