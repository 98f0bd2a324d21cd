/** What "at six" means to the verbs that begin something at a time, over a real database. The arithmetic itself: shared/schedule-times.test.ts. */
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { obedient, type RunnerWorld, runnerWorld } from "../testing/runner-world.ts";

let world: RunnerWorld;
beforeEach(async () => {
  world = await runnerWorld(inject("postgres"), obedient);
});
afterEach(async () => await world.close());

async function made(
  verb: string,
  args: object,
  more: { run?: string } = {},
): Promise<{ run: string; next: string[] }> {
  const outcome = await world.agentd.ask(verb, args, more);
  if (!outcome.ok) throw new Error(outcome.problem.detail);
  return outcome.result as unknown as { run: string; next: string[] };
}

test("a time of day is the next one on the clocks of the zone that is named, or of the organization", async () => {
  const { run } = await world.createJob("Wait for the morning");
  await world.until(run, "succeeded");
  await world.query("UPDATE control.organizations SET time_zone = 'Asia/Kolkata'");
  const shown = (at: Date | string, timeZone: string): string =>
    new Date(at).toLocaleTimeString("en-GB", { timeZone });
  const six = { prompt: "Ask everybody how far they are", at: "06:00" };
  const berlin = await made("schedule_create", { ...six, timezone: "Europe/Berlin" }, { run });
  expect(berlin.next.map((at) => shown(at, "Europe/Berlin"))).toEqual(["06:00:00"]);
  const own = await made("schedule_self", { text: "It is six", at: "06:00" }, { run });
  expect(own.next.map((at) => shown(at, "Asia/Kolkata"))).toEqual(["06:00:00"]);
  const late = await made("job_create", { prompt: "Late", due_at: "23:30", timezone: "Europe/Berlin" });
  const [row] = await world.query<{ due_at: Date }>("SELECT due_at FROM jobs.runs WHERE id = $1", [late.run]);
  expect(shown(row?.due_at ?? "", "Europe/Berlin")).toBe("23:30:00");
  for (const at of [...berlin.next, ...own.next, row?.due_at ?? 0]) {
    const ahead = new Date(at).getTime() - Date.now();
    expect(ahead > -60_000 && ahead <= 24 * 3_600_000).toBe(true);
  }
  expect(await world.agentd.ask("schedule_create", { ...six, at: "6 o'clock" })).toMatchObject({
    problem: { code: "verb.arguments" },
  });
});
