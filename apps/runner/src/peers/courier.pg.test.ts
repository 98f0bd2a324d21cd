/** What the clock does to messages: none that cannot be carried keeps another one back, and none is carried after its time. */
import { newId } from "@nightgate/shared/ids";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type HandlerWorld, handlerWorld } from "../testing/handler-world.ts";
import { createCourier } from "./courier.ts";
import { PEER_LIMITS } from "./limits.ts";

let world: HandlerWorld;
beforeAll(async () => {
  world = await handlerWorld(inject("postgres"));
});
afterAll(async () => await world.close());

const attend = async (organization: string, now: number): Promise<string[]> =>
  await createCourier({
    asOrganization: async (whose, work) => await world.inside(whose, work),
  }).attend(organization, new Date(now));

test("a question to a workstation that was removed is refused; the one behind it is carried; late ones expire; old ones go", async () => {
  const { organization, agent, elsewhere } = await world.found();
  const gone = newId("workstation");
  await world.query(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'gone', 'per_x')",
    [organization, gone],
  );
  const ask = async (peer: string): Promise<string> =>
    String((await world.ask(agent, "ask", { peer_name: peer, query: "Hello?" }))["correlation_id"]);
  const [lost, kept] = [await ask("gone"), await ask("other")];
  await world.query("UPDATE control.workstations SET wanted = 'removed' WHERE id = $1", [gone]);
  await world.query("UPDATE jobs.runs SET state = 'failed', ended_at = now() WHERE workstation_id = $1", [
    gone,
  ]);
  // As when the runs that had them ended before they heard them.
  await world.query(
    "UPDATE jobs.messages SET to_run_id = NULL, prompt_id = NULL WHERE organization_id = $1",
    [organization],
  );
  expect(new Set(await attend(organization, world.now))).toEqual(new Set([agent.run, elsewhere.run]));
  const read = async (): Promise<unknown[]> =>
    await world.query(
      "SELECT id, state, answer, to_run_id FROM jobs.messages WHERE organization_id = $1 ORDER BY created_at",
      [organization],
    );
  expect(await read()).toEqual([
    { id: lost, state: "refused", answer: "There is no workstation here.", to_run_id: null },
    { id: kept, state: "queued", answer: null, to_run_id: elsewhere.run },
  ]);
  expect(await attend(organization, world.now)).toEqual([]);
  expect(await attend(organization, world.now + 61 * 60_000)).toEqual([agent.run]);
  expect((await read())[1]).toMatchObject({ id: kept, state: "expired" });
  await attend(organization, world.now + PEER_LIMITS.keptMs + 120 * 60_000);
  expect(await read()).toEqual([]);
});
