import { type JobsDatabase, openJobsDatabase } from "@nightgate/db/jobs";
/** Invariant 9, attacked through the real routes over a real database: another organization's id answers exactly as one that does not exist. */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { seed } from "../testing/seed.ts";
import type { Seeded } from "../testing/seeded.ts";
import { headersModule, openTestWeb, type TestWeb } from "../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));

let web: TestWeb;
let runner: JobsDatabase;
let ours: Seeded & { jobs: Record<string, string> };
let theirs: Seeded & { jobs: Record<string, string> };

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  ours = await seed(web.database.urls, "full", 30);
  theirs = await seed(web.database.urls, "full", 30);
  runner = openJobsDatabase(web.database.urls.runner);
});
afterAll(async () => {
  await runner.close();
  await web.close();
});

type Route = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;

async function ask(
  route: Route,
  who: Seeded | null,
  params: Record<string, string>,
  body?: Record<string, unknown>,
  query = "",
): Promise<{ status: number; body: string }> {
  jar.clear();
  if (who) jar.set("nightgate-web", who.token);
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const leaving = new AbortController();
  const response = await route(
    new Request(`http://web.localhost:4600/${query}`, { ...init, signal: leaving.signal }),
    { params: Promise.resolve(params) },
  );
  // A stream that was let through would never end: its first chunk says enough.
  const text = response.headers.get("content-type")?.startsWith("text/event-stream")
    ? await firstChunk(response)
    : await response.text();
  leaving.abort();
  return { status: response.status, body: text };
}

async function firstChunk(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const chunk = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(chunk?.value);
}

async function inboxRows(): Promise<number> {
  const counts = [ours, theirs].map(
    async ({ organization }) =>
      await runner.asOrganization(organization, async (tx) => await tx.jobsInbox.count()),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

describe("invariant 9: another organization's task", () => {
  const routes: [string, () => Promise<Route>, Record<string, unknown> | undefined][] = [
    ["events", async () => (await import("../app/api/jobs/[job]/events/route.ts")).GET, undefined],
    [
      "prompt",
      async () => (await import("../app/api/jobs/[job]/prompt/route.ts")).POST,
      { run: newId("run"), prompt: "push it" },
    ],
    ["retry", async () => (await import("../app/api/jobs/[job]/retry/route.ts")).POST, { run: newId("run") }],
    ["interrupt", async () => (await import("../app/api/jobs/[job]/interrupt/route.ts")).POST, {}],
    ["cancel", async () => (await import("../app/api/jobs/[job]/cancel/route.ts")).POST, {}],
  ];

  test.each(routes)(
    "%s: theirs answers like none, and asks nothing of the runner",
    async (_name, load, body) => {
      const route = await load();
      const before = await inboxRows();
      const foreign = await ask(route, ours, { job: theirs.jobs["waiting"] ?? "" }, body);
      const none = await ask(route, ours, { job: newId("job") }, body);
      expect(foreign).toEqual(none);
      expect(foreign.status).toBe(404);
      expect(await inboxRows()).toBe(before);
      const own = await ask(route, ours, { job: ours.jobs["long"] ?? "" }, body);
      expect(own.status).toBe(200);
    },
  );

  test("its tool calls answer like none, also under our own task's id", async () => {
    const { GET } = await import("../app/api/jobs/[job]/tool/route.ts");
    const theirRun = await runOf(theirs, theirs.jobs["waiting"] ?? "");
    const ourRun = await runOf(ours, ours.jobs["waiting"] ?? "");
    const none = await ask(GET, ours, { job: newId("job") }, undefined, `?run=${newId("run")}&call=t4`);
    expect(none.status).toBe(404);
    expect(
      await ask(GET, ours, { job: theirs.jobs["waiting"] ?? "" }, undefined, `?run=${theirRun}&call=t4`),
    ).toEqual(none);
    expect(
      await ask(GET, ours, { job: ours.jobs["waiting"] ?? "" }, undefined, `?run=${theirRun}&call=t4`),
    ).toEqual(none);
    expect(
      await ask(GET, ours, { job: ours.jobs["long"] ?? "" }, undefined, `?run=${ourRun}&call=t4`),
    ).toEqual(none);
    const own = await ask(
      GET,
      ours,
      { job: ours.jobs["waiting"] ?? "" },
      undefined,
      `?run=${ourRun}&call=t4`,
    );
    expect(own.status).toBe(200);
    expect(own.body).toContain("roundHalfUp");
  });

  test("its page is not found, as for an id that is none", async () => {
    const { openTask } = await import("../features/jobs/views.ts");
    const member = {
      person: ours.person,
      personName: "",
      organization: ours.organization,
      organizationName: "",
      role: "owner" as const,
    };
    expect(await openTask(member, theirs.jobs["waiting"] ?? "")).toBeNull();
    expect(await openTask(member, newId("job"))).toBeNull();
    expect((await openTask(member, ours.jobs["waiting"] ?? ""))?.task.holds).toHaveLength(2);
  });
});

describe("invariant 9: another organization's workstation and repository", () => {
  test("a task cannot be queued on it", async () => {
    const { POST } = await import("../app/api/jobs/route.ts");
    const wanted = (workstation: string): Record<string, unknown> => ({
      job: newId("job"),
      run: newId("run"),
      workstation,
      agent: "claude",
      repository: null,
      prompt: "hello",
    });
    const foreign = await ask(POST, ours, {}, wanted(theirs.workstation));
    expect(foreign).toEqual(await ask(POST, ours, {}, wanted(newId("workstation"))));
    expect(foreign.status).toBe(404);
    expect((await ask(POST, ours, {}, wanted(ours.workstation))).status).toBe(200);
  });

  test("it cannot be stopped or removed, and is as it was", async () => {
    const { POST } = await import("../app/api/workstations/[workstation]/route.ts");
    for (const wanted of ["stopped", "removed"]) {
      const foreign = await ask(POST, ours, { workstation: theirs.workstation }, { wanted });
      expect(foreign).toEqual(await ask(POST, ours, { workstation: newId("workstation") }, { wanted }));
      expect(foreign.status).toBe(404);
    }
    const { openWorkstation } = await import("../features/workstations/views.ts");
    const seen = await openWorkstation(
      {
        person: theirs.person,
        personName: "",
        organization: theirs.organization,
        organizationName: "",
        role: "owner",
      },
      theirs.workstation,
    );
    expect(seen?.workstation.wanted).toBe("running");
  });
});

test("nobody gets nothing: without a session every route answers 401", async () => {
  const { POST } = await import("../app/api/jobs/route.ts");
  const { GET } = await import("../app/api/jobs/[job]/events/route.ts");
  expect((await ask(POST, null, {}, {})).status).toBe(401);
  expect((await ask(GET, null, { job: ours.jobs["long"] ?? "" })).status).toBe(401);
  expect((await ask(GET, { ...ours, token: "x".repeat(43) }, { job: ours.jobs["long"] ?? "" })).status).toBe(
    401,
  );
});

async function runOf(owner: Seeded, job: string): Promise<string> {
  const run = await runner.asOrganization(
    owner.organization,
    async (tx) => await tx.jobsRuns.findFirstOrThrow({ where: { jobId: job } }),
  );
  return run.id;
}
