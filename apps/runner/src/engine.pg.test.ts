/** What a run waits for before it begins, and what ends it: its time, its needs, its locks, its attempts. Over a real database and a scripted agentd. */
import { afterEach, describe, expect, inject, test } from "vitest";
import { obedient, type RunnerWorld, runnerWorld, until } from "./testing/runner-world.ts";
import type { Play } from "./testing/scripted-agentd.ts";

let world: RunnerWorld;
afterEach(async () => await world.close());

const start = async (play: Play = obedient): Promise<void> => {
  world = await runnerWorld(inject("postgres"), play);
};
const atWork = async (): Promise<number> =>
  Number(
    (
      await world.query<{ count: string }>(
        "SELECT count(*) FROM jobs.runs WHERE state IN ('dispatching', 'running', 'cancelling')",
      )
    )[0]?.count,
  );
const holders = async (): Promise<string[]> =>
  (
    await world.query<{ id: string }>("SELECT id FROM jobs.runs WHERE has_locks AND 'named/gpu' = ANY(locks)")
  ).map(({ id }) => id);
/** Works until it is let go. */
const patient = (): { play: Play; letGo: (text: string) => void; begun: string[] } => {
  const begun: string[] = [];
  const doors = new Map<string, () => void>();
  return {
    begun,
    letGo: (text) => doors.get(text)?.(),
    play: async (turn) => {
      begun.push(turn.text);
      await new Promise<void>((resolve) => doors.set(turn.text, resolve));
      return await obedient(turn);
    },
  };
};
const gpu = { name: "gpu", scope: "organization", capacity: 1 } as const;

describe("before a run begins", () => {
  test("a run with a time waits for it", async () => {
    await start();
    const { run } = await world.createJob("Later", { dueAt: Date.now() + 3_600_000 });
    await world.until(run, "scheduled");
    expect(world.agentd.told(run)).toEqual([]);
    await world.query("UPDATE jobs.runs SET due_at = now() - interval '1 second' WHERE id = $1", [run]);
    await world.until(run, "succeeded");
  });

  test("a lock lets as many to work as it has room for, and the next when one is done", async () => {
    const { play, letGo, begun } = patient();
    await start(play);
    const one = await world.createJob("one", { locks: [gpu] });
    await until(() => begun, ["one"]);
    const two = await world.createJob("two", { locks: [gpu] });
    const free = await world.createJob("free");
    await until(() => begun, ["one", "free"]);
    expect(await world.state(two.run)).toBe("queued");
    letGo("one");
    await until(() => begun, ["one", "free", "two"]);
    letGo("two");
    letGo("free");
    for (const { run } of [one, two, free]) await world.until(run, "succeeded");
  });

  test("a run that waits for an approval has given its lock back", async () => {
    await start(async (turn) => {
      if (turn.text === "Push") await world.hold(turn.run);
      return await obedient(turn);
    });
    const pushing = await world.createJob("Push", { locks: [gpu] });
    await world.until(pushing.run, "awaiting_approval");
    const other = await world.createJob("Other", { locks: [gpu] });
    await world.until(other.run, "succeeded");
    expect(await world.state(pushing.run)).toBe("awaiting_approval");
  });

  test("a run that keeps its locks has them while it waits, goes on with them though others wait, and gives them back at its end", async () => {
    const order: string[] = [];
    let hold = "";
    await start(async (turn) => {
      order.push(turn.text);
      if (turn.text === "Push") hold = await world.hold(turn.run);
      return await obedient(turn);
    });
    const pushing = await world.createJob("Push", { locks: [gpu], keepsLocks: true });
    await world.until(pushing.run, "awaiting_approval");
    const other = await world.createJob("Other", { locks: [gpu], priority: 10 });
    const free = await world.createJob("Free");
    await world.until(free.run, "succeeded");
    expect(await world.state(other.run)).toBe("queued");
    expect(await holders()).toEqual([pushing.run]);
    await world.settleHold(hold, "rejected", "Not on a Friday");
    await world.until(pushing.run, "succeeded");
    await world.until(other.run, "succeeded");
    expect(order.map((text) => text.split(" ")[0])).toEqual([
      "Push",
      "Free",
      expect.not.stringMatching("Other"),
      "Other",
    ]);
    expect(await holders()).toEqual([]);
  });

  test("the more urgent one goes first", async () => {
    const { play, letGo, begun } = patient();
    await start(play);
    await world.createJob("first", { locks: [gpu] });
    await until(() => begun, ["first"]);
    const calm = await world.createJob("calm", { locks: [gpu] });
    await world.until(calm.run, "queued");
    const urgent = await world.createJob("urgent", { locks: [gpu], priority: 10 });
    await world.until(urgent.run, "queued");
    letGo("first");
    await until(() => begun, ["first", "urgent"]);
    letGo("urgent");
    await until(() => begun, ["first", "urgent", "calm"]);
    letGo("calm");
    await world.until(calm.run, "succeeded");
  });
});

describe("needs", () => {
  const failing: Play = async (turn) =>
    turn.text === "Fail" ? { stopReason: "max_tokens" } : await obedient(turn);

  test("a run begins when what it needs has ended well", async () => {
    const { play, letGo, begun } = patient();
    await start(play);
    const first = await world.createJob("first");
    await until(() => begun, ["first"]);
    const second = await world.createJob("second", { needs: [first.job] });
    await world.until(second.run, "blocked");
    letGo("first");
    await until(() => begun, ["first", "second"]);
    letGo("second");
    await world.until(second.run, "succeeded");
  });

  test("a failure cascades, with its reason, past everything that needs it; `always` begins all the same", async () => {
    await start(failing);
    const bad = await world.createJob("Fail");
    const second = await world.createJob("second", { needs: [bad.job] });
    const third = await world.createJob("third", { needs: [second.job] });
    const always = await world.createJob("always", { needs: [bad.job], needsAlways: true });
    await world.until(third.run, "upstream_failed");
    await world.until(always.run, "succeeded");
    const [row] = await world.query<{ state: string; error: string }>(
      "SELECT state, error FROM jobs.runs WHERE id = $1",
      [second.run],
    );
    expect(row).toEqual({
      state: "upstream_failed",
      error: `It needs ${bad.run} (Fail), which ended as failed. Nothing of this run was begun.`,
    });
    expect(world.agentd.told(third.run)).toEqual([]);
  });

  test("a need that has attempts left is waited for until the last of them", async () => {
    let tries = 0;
    await start(async (turn) => {
      if (turn.text !== "Flaky") return await obedient(turn);
      tries += 1;
      return tries < 3 ? { stopReason: "max_tokens" } : await obedient(turn);
    });
    const flaky = await world.createJob("Flaky", { retries: { max: 2, backoffSeconds: 1 } });
    const next = await world.createJob("next", { needs: [flaky.job] });
    await world.until(next.run, "succeeded");
    const attempts = await world.query(
      "SELECT attempt, state FROM jobs.runs WHERE job_id = $1 ORDER BY attempt",
      [flaky.job],
    );
    expect(attempts).toEqual([
      { attempt: 1, state: "failed" },
      { attempt: 2, state: "failed" },
      { attempt: 3, state: "succeeded" },
    ]);
  });
});

test("a run that was at work for all of its time is ended, and its process with it", async () => {
  const { play } = patient();
  await start(play);
  const { run } = await world.createJob("for ever", { timeoutSeconds: 1 });
  await world.until(run, "timed_out");
  await until(() => world.agentd.commands.some(({ type }) => type === "run.stop"), true);
  await until(atWork, 0);
});

test("a run that has not begun is cancelled at once, and what needs it is not begun", async () => {
  const { play, letGo, begun } = patient();
  await start(play);
  const first = await world.createJob("first", { locks: [gpu] });
  await until(() => begun, ["first"]);
  const second = await world.createJob("second", { locks: [gpu] });
  const third = await world.createJob("third", { needs: [second.job] });
  await world.until(third.run, "blocked");
  await world.ask({ kind: "run.cancel", run: second.run, person: world.person });
  await world.until(second.run, "cancelled");
  await world.until(third.run, "upstream_failed");
  letGo("first");
  await world.until(first.run, "succeeded");
});
