/** What the gate does with a run's terms: it passes nothing on that the budget does not cover, and a second model takes the first one's place. */
import type { ModelResource } from "@nightgate/shared/policy";
import { afterEach, beforeEach, expect, test } from "vitest";
import { modelResource } from "../../net/testing/world.ts";
import { type ModelWorld, startModelWorld } from "./testing/model-world.ts";

const RUN = "run_0123456789ab";
const asRun = { "nightgate-run": RUN };
let world: ModelWorld;
beforeEach(async () => {
  world = await startModelWorld();
});
afterEach(async () => await world.stop());

test("a call of a run whose budget is used up is not passed on, in words that the agent can read", async () => {
  world.terms = { budget: { holder: RUN, limit: 2, used: 2.5, promised: 0 }, secondModel: null };
  const answer = await world.post("/v1/messages", asRun);
  expect(answer.status).toBe(402);
  expect(answer.headers["x-should-retry"]).toBe("false");
  expect(answer.body).toContain("used up ($2.50 of $2.00)");
  expect(world.received).toEqual([]);
  expect(world.calls).toMatchObject([{ run: RUN, status: 402, overBudget: true, inputTokens: 0 }]);
  // agentd finds it, for agents that ask again without end.
  const refused = await world.workstation.ask(`/model/refused/${RUN}`);
  expect(JSON.parse(refused.body)).toMatchObject({ status: 402 });
});

test("what costs nothing passes, and so does everything while something is left", async () => {
  world.terms = { budget: { holder: RUN, limit: 2, used: 2, promised: 2 }, secondModel: null };
  expect((await world.post("/v1/messages/count_tokens?beta=true", asRun)).status).toBe(200);
  world.terms = { budget: { holder: RUN, limit: 2, used: 1.99, promised: 0 }, secondModel: null };
  expect((await world.post("/v1/messages", asRun)).status).toBe(200);
});

test.each<[string, Partial<ModelResource>, boolean]>([
  ["the same API, open to the workstation", {}, true],
  ["another API", { api: "openai" }, false],
  ["open to another workstation only", { workstations: ["ws_000000000000"] }, false],
])("invariant 4: a second model with %s", async (_what, more, isUsed) => {
  const second = modelResource(`${world.upstream.url}/second`, more);
  world.resources.push(second);
  world.terms = { budget: null, secondModel: second.id };
  await world.post("/v1/messages", asRun);
  expect(world.received[0]?.request.url).toBe(isUsed ? "/second/v1/messages" : "/v1/messages");
  expect(world.calls).toMatchObject([{ resource: isUsed ? second.id : world.resource.id }]);
});
