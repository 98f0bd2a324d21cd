/** A morning over a real database: what home and the briefing show of a night, and that a question of another organization is nobody's here. */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import pg from "pg";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { seed } from "../testing/seed.ts";
import type { Seeded } from "../testing/seeded.ts";
import { headersModule, openTestWeb, type TestWeb } from "../testing/test-web.ts";
import type { Member } from "./member.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));
vi.mock("next/navigation", () => ({ useRouter: () => ({ refresh: () => undefined }) }));

let web: TestWeb;
let runner: pg.Client;
let ours: Seeded & { jobs: Record<string, string> };
const memberOf = ({ organization, person }: Seeded): Member => ({
  organization,
  person,
  role: "owner",
  personName: "",
  organizationName: "",
});

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  ours = await seed(web.database.urls, "full", 5);
  runner = new pg.Client({ connectionString: web.database.urls.runner });
  await runner.connect();
  await runner.query("SELECT set_config('nightgate.organization_id', $1, false)", [ours.organization]);
});
afterAll(async () => {
  await runner.end();
  await web.close();
});

async function say(kind: "question" | "note", job: string, text: string): Promise<string> {
  const id = newId("humanMessage");
  await runner.query(
    `INSERT INTO jobs.human_messages (organization_id, id, kind, run_id, job_id, workstation_id, text, choices)
      SELECT organization_id, $1, $2, id, job_id, workstation_id, $4, '["Keep it", "Drop it"]' FROM jobs.runs WHERE job_id = $3`,
    [id, kind, job, text],
  );
  return id;
}

test("a question stands on home, in its task and in the briefing, until it is answered", async () => {
  const { readInbox } = await import("../features/inbox/queries.ts");
  const { openTask } = await import("../features/jobs/views.ts");
  const { openBriefing } = await import("../features/briefing/queries.ts");
  const job = ours.jobs["question"] ?? "";
  const id = await say("question", job, "Keep the volume? \u202E<b>now</b>");
  await say("note", job, "Half is done.");
  await runner.query(
    "INSERT INTO jobs.marks (organization_id, run_id, id, kind, text) SELECT organization_id, id, 'stall.nudge', 'stall', 'It was nudged.' FROM jobs.runs WHERE job_id = $1",
    [job],
  );

  const inbox = await readInbox(memberOf(ours));
  expect(inbox.questions).toMatchObject([{ id, workstation: "atlas", choices: ["Keep it", "Drop it"] }]);
  // One thing to do, not two: the task that asks stands under way.
  expect(inbox.needs.map((line) => line.id)).not.toContain(job);
  expect(inbox.running.map((line) => line.id)).toContain(job);
  const { NeedsYou } = await import("../features/inbox/ui/needs-you.tsx");
  const drawn = renderToString(createElement(NeedsYou, { view: inbox }));
  expect(drawn).toContain("&lt;b&gt;now");
  expect(drawn).not.toContain("\u202E");
  expect(renderToString(createElement(NeedsYou, { view: { ...inbox, mayAnswer: false } }))).not.toContain(
    "Your answer",
  );

  const task = (await openTask(memberOf(ours), job))?.task;
  expect(task?.questions.map(({ kind }) => kind)).toEqual(["question", "note"]);
  expect(task?.marks).toMatchObject([{ text: "It was nudged." }]);
  const { briefing } = await openBriefing(memberOf(ours));
  expect(briefing.questions.map(({ question }) => question)).toEqual([id]);
  expect(briefing.notes).toMatchObject([{ text: "Half is done." }]);

  await runner.query(
    "UPDATE jobs.human_messages SET answered_at = now(), answer = 'Keep it', answered_by = $2 WHERE id = $1",
    [id, ours.person],
  );
  expect((await readInbox(memberOf(ours))).questions).toEqual([]);
  const after = (await openTask(memberOf(ours), job))?.task.questions[0];
  expect(after).toMatchObject({ answer: "Keep it", answeredBy: "Robin Vega" });
});

test("a night is told with its size, and a cost that is not known is not a small one", async () => {
  const { openBriefing } = await import("../features/briefing/queries.ts");
  const { briefing } = await openBriefing(memberOf(ours));
  const done = briefing.results.find(({ job }) => job === ours.jobs["done"]);
  expect(done).toMatchObject({ diff: { files: 2, additions: 21, deletions: 4 }, cost: null });
  expect(briefing.failures.map(({ job }) => job)).toContain(ours.jobs["failed"]);
  const { BriefingView } = await import("../features/briefing/ui/briefing.tsx");
  const page = { briefing, gateOrigin: "http://gate.localhost:4601" };
  const drawn = renderToString(createElement(BriefingView, { page, title: "Good morning", needs: null }));
  expect(drawn.indexOf("Went wrong")).toBeLessThan(drawn.indexOf("Done"));
});

test("invariant 9: another organization's night is not seen", async () => {
  const { openBriefing } = await import("../features/briefing/queries.ts");
  const stranger = { ...memberOf(ours), organization: newId("organization") };
  const { briefing } = await openBriefing(stranger);
  expect(briefing.quiet).toBe(true);
});

test("the evening's page is made of what the gate and the runner let web see", async () => {
  const { openEvening } = await import("../features/evening/queries.ts");
  const member = memberOf(ours);
  await runner.query(
    "INSERT INTO jobs.nights (organization_id, time_zone, starts_at, ends_at, budget_dollars, updated_by) VALUES ($1, 'Europe/Berlin', 1290, 390, 20, 'x')",
    [ours.organization],
  );
  const page = await openEvening(member);
  expect(page.night).toEqual({
    timeZone: "Europe/Berlin",
    starts: "21:30",
    ends: "06:30",
    wrapUpMinutes: 15,
    budgetDollars: 20,
    fallback: "",
  });
  const tones = Object.fromEntries(page.checks.map(({ id, tone }) => [id, tone]));
  expect(tones).toMatchObject({ workstation: "good", budget: "good", phone: "bad", waiting: "warn" });
  const { Evening } = await import("../features/evening/ui/evening.tsx");
  expect(renderToString(createElement(Evening, { page }))).toContain("would end the night");
  const viewer = await openEvening({ ...member, role: "viewer" });
  expect(renderToString(createElement(Evening, { page: viewer }))).not.toContain("Save the night");
});
