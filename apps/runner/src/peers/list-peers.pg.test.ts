/** Who can be asked: what a list of peers says of workstations, their jobs and people, and what they say of themselves. */
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type HandlerWorld, handlerWorld } from "../testing/handler-world.ts";

let world: HandlerWorld;
beforeAll(async () => {
  world = await handlerWorld(inject("postgres"));
});
afterAll(async () => await world.close());

test("peers are listed with what they are at, and describe themselves", async () => {
  const { organization, agent, elsewhere, person } = await world.found();
  for (const { workstation } of [agent, elsewhere])
    await world.query(
      `INSERT INTO jobs.workstations (organization_id, workstation_id, connected, agents) VALUES ($1, $2, true, '["claude"]')`,
      [organization, workstation],
    );
  await world.query("UPDATE jobs.runs SET state = 'succeeded', ended_at = now() WHERE id = $1", [agent.run]);
  await world.ask(elsewhere, "set_description", { description: "Paints" });
  await world.ask(person, "set_description", { description: "The box in the cellar", peer_name: "box" });
  const { peers } = await world.ask(elsewhere, "list_peers", {});
  expect(peers).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        peer_name: "box",
        state: "asleep",
        you: false,
        description: "The box in the cellar",
      }),
      expect.objectContaining({ peer_name: "other", state: "busy", you: true, works_on: "A job on other" }),
      expect.objectContaining({
        peer_name: "other/a-job-on-other",
        kind: "job",
        run: elsewhere.run,
        description: "Paints",
        agents: ["claude"],
        you: true,
      }),
      expect.objectContaining({ peer_name: "telegram", kind: "people" }),
    ]),
  );
  await world.query("UPDATE jobs.workstations SET connected = false WHERE workstation_id = $1", [
    agent.workstation,
  ]);
  const later = await world.ask(elsewhere, "list_peers", {});
  expect(later["peers"]).toEqual(
    expect.arrayContaining([expect.objectContaining({ peer_name: "box", state: "away" })]),
  );
});
