/** Schedules through the real commands over a real database: what is asked of the runner, what a page shows, and what another organization cannot do. */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import pg from "pg";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import type { Member } from "../../server/member.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));
vi.mock("next/navigation", () => ({ useRouter: () => ({ refresh: () => undefined }) }));

let web: TestWeb;
let runner: pg.Client;
const organization = newId("organization");
const schedule = newId("schedule");
const job = newId("job");
const workstation = newId("workstation");
const member = { organization, person: newId("person"), role: "member" } as Member;

const input = {
  schedule,
  job,
  name: "Dependencies",
  when: { cron: "30 7 * * *", timeZone: "Europe/Berlin" },
  missed: "coalesce",
  overlap: "skip",
  continuity: "fresh",
  successesMax: null,
  workstation,
  agent: "claude",
  repository: null,
  prompt: "Update what is old",
} as const;

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  const control = new pg.Client({ connectionString: web.database.urls.web });
  await control.connect();
  await control.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
  await control.query("INSERT INTO control.organizations VALUES ($1, 'Acme')", [organization]);
  await control.query(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'atlas', $3)",
    [organization, workstation, member.person],
  );
  await control.end();
  runner = new pg.Client({ connectionString: web.database.urls.runner });
  await runner.connect();
  await runner.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
});
afterAll(async () => {
  await runner.end();
  await web.close();
});

test("a schedule is asked for once, then shown, paused by its own organization alone, and by no viewer", async () => {
  const { createSchedule, pauseSchedule } = await import("./commands.ts");
  const { openSchedules } = await import("./queries.ts");
  await createSchedule(member, input);
  await createSchedule(member, input);
  const { rows } = await runner.query("SELECT body FROM jobs.inbox");
  expect(rows).toHaveLength(1);
  expect((await openSchedules(member)).asked).toEqual([{ id: schedule, name: "Dependencies", why: null }]);

  await runner.query("UPDATE jobs.inbox SET handled_at = now()");
  await runner.query(
    "INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by) VALUES ($1, $2, $3, 'claude', 'Update', 'Update', 'x')",
    [organization, job, workstation],
  );
  await runner.query(
    "INSERT INTO jobs.schedules (organization_id, id, job_id, name, cron, time_zone, next_at, created_by) VALUES ($1, $2, $3, 'Dependencies', '30 7 * * *', 'Europe/Berlin', '2027-01-05T06:30:00Z', 'x')",
    [organization, schedule, job],
  );
  await runner.query(
    "INSERT INTO jobs.fires (organization_id, schedule_id, due_at, outcome) VALUES ($1, $2, '2027-01-04T06:30:00Z', 'missed')",
    [organization, schedule],
  );
  const page = await openSchedules(member);
  expect(page.asked).toEqual([]);
  expect(page.schedules).toMatchObject([
    { words: "every day at 07:30", workstation: "atlas", fires: [{ outcome: "missed", state: null }] },
  ]);
  const { ScheduleList } = await import("./ui/schedule-list.tsx");
  const choice = { workstations: [], repositories: [], models: [] };
  expect(renderToString(createElement(ScheduleList, { page, choice }))).toMatch(
    /5 Jan 2027.*07:30.*Missed/su,
  );

  const pause = { schedule, paused: true };
  const stranger = { ...member, organization: newId("organization") };
  await expect(pauseSchedule(stranger, pause)).rejects.toMatchObject({ code: "not-found" });
  await expect(pauseSchedule({ ...member, role: "viewer" }, pause)).rejects.toMatchObject({
    code: "role.refused",
  });
  await pauseSchedule(member, pause);
  const asked = await runner.query("SELECT body->>'kind' AS kind FROM jobs.inbox ORDER BY id DESC LIMIT 1");
  expect(asked.rows).toEqual([{ kind: "schedule.pause" }]);
});

test("a preview says the next five fires, or what is wrong", async () => {
  const { previewSchedule } = await import("./commands.ts");
  expect(previewSchedule({ cron: "@daily", timeZone: "Asia/Tokyo" }).fires).toHaveLength(5);
  expect(() => previewSchedule({ cron: "61 * * * *", timeZone: "UTC" })).toThrow(/61/u);
});
