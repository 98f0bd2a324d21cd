/** What became of a hold is the next prompt of the run that asked for it: once, in the reviewer's words, to the same session. */
import { afterEach, describe, expect, inject, test } from "vitest";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
afterEach(async () => await world.close());

const start = async (play: Play = obedient): Promise<void> => {
  world = await runnerWorld(inject("postgres"), play);
};

describe("decisions", () => {
  /** Pushes once, and again when it is told to change something. */
  const pushing: Play = async (turn) => {
    if (turn.text.startsWith("Push") || turn.text.includes("rejected")) await world.hold(turn.run);
    return await obedient(turn);
  };

  test("a rejection with words is the next prompt of the same session, and the new push waits again", async () => {
    await start(pushing);
    const { run } = await world.createJob("Push it");
    await world.until(run, "awaiting_approval");
    const [first] = await world.query<{ id: string }>("SELECT id FROM gate.holds");
    await world.settleHold(first?.id ?? "", "rejected", "Please name the file README.");
    await until(() => world.agentd.told(run).length, 2);
    expect(world.agentd.told(run)[1]).toBe(
      `${first?.id} (Push 1 commit to main) was rejected by Ada: Please name the file README.\n\nChange what is asked and push again.`,
    );
    await world.until(run, "awaiting_approval");
    const [second] = await world.query<{ id: string }>("SELECT id FROM gate.holds WHERE state = 'pending'");
    await world.settleHold(second?.id ?? "", "released", "agent/x is now 1234567.");
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[2]).toContain("was approved and pushed: agent/x is now 1234567.");
    expect(world.agentd.commands.filter(({ type }) => type === "run.start")).toHaveLength(1);
  });

  test("nobody answered is said as that, never as a person's no", async () => {
    await start(pushing);
    const { run } = await world.createJob("Push it");
    await world.until(run, "awaiting_approval");
    const [hold] = await world.query<{ id: string }>("SELECT id FROM gate.holds");
    await world.settleHold(hold?.id ?? "", "expired");
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)[1]).toMatch(/^Nobody answered H-.* in time/);
    expect(world.agentd.told(run)[1]).not.toContain("rejected");
  });

  test("a superseded hold is not told of; the run waits for the one that took its place", async () => {
    await start(pushing);
    const { run } = await world.createJob("Push it");
    await world.until(run, "awaiting_approval");
    const [first] = await world.query<{ id: string }>("SELECT id FROM gate.holds");
    const second = await world.hold(run);
    await world.settleHold(first?.id ?? "", "superseded");
    await world.settleHold(second, "released");
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)).toHaveLength(2);
    expect(world.agentd.told(run)[1]).toContain(second);
  });

  test("a decision while the turn is still going is queued behind it", async () => {
    let finish: () => void = () => undefined;
    const going = new Promise<void>((resolve) => (finish = resolve));
    await start(async (turn) => {
      if (turn.text === "Work on") await going;
      return await obedient(turn);
    });
    const { run } = await world.createJob("Work on");
    await world.until(run, "running");
    await world.settleHold(await world.hold(run), "released");
    await until(() => world.agentd.commands.at(-1)?.type, "run.prompt");
    finish();
    await world.until(run, "succeeded");
    expect(world.agentd.told(run)).toHaveLength(2);
  });

  test("invariant 10: a decision is told once, also when runner and workstation restart around it", async () => {
    await start(pushing);
    const { run } = await world.createJob("Push it");
    await world.until(run, "awaiting_approval");
    await world.stopRunner();
    const [hold] = await world.query<{ id: string }>("SELECT id FROM gate.holds");
    await world.settleHold(hold?.id ?? "", "released", "Done.");
    world.agentd.restart(true);
    await world.startRunner();
    await world.until(run, "succeeded");
    await world.stopRunner();
    await world.startRunner();
    await until(() => world.agentd.connected(), true);
    expect(world.agentd.told(run)).toHaveLength(2);
    expect(await world.state(run)).toBe("succeeded");
  });
});
