/** Asking for verbs over the API, with somebody in the runner's place: done once by its id, answered to its own asker, and refused in the runner's words. */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import type { VerbOutcome } from "@nightgate/shared/verbs/verb";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { routeFetch } from "../../testing/route-fetch.ts";
import { seed } from "../../testing/seed.ts";
import type { Seeded } from "../../testing/seeded.ts";
import { openStandInRunner, type StandInRunner } from "../../testing/stand-in-runner.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));

const ORIGIN = "http://web.localhost:4600";
const DONE: VerbOutcome = { ok: true, result: { jobs: [] } };

let web: TestWeb;
let ours: Seeded;
let runner: StandInRunner;
let admin: pg.Client;

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  ours = await seed(web.database.urls, "fresh");
  runner = openStandInRunner(web.database.urls.runner);
  admin = new pg.Client({ connectionString: web.database.urls.superuser });
  await admin.connect();
  jar.set("nightgate-web", ours.token);
});
afterAll(async () => {
  await admin.end();
  await runner.close();
  await web.close();
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
}
async function call(verb: string, body: Record<string, unknown>, signal?: AbortSignal): Promise<Answer> {
  const answer = await routeFetch(`${ORIGIN}/api/verbs/${verb}`, {
    method: "POST",
    headers: { origin: ORIGIN },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const answered = async (outcome: VerbOutcome): Promise<unknown> =>
  await expect.poll(async () => await runner.answer(ours.organization, outcome)).toEqual(["job_list"]);
const waiting = async (): Promise<number> =>
  (await admin.query("SELECT 1 FROM jobs.inbox WHERE handled_at IS NULL")).rowCount ?? 0;
const newCall = (): string => `test_${newId("job")}_${newId("run")}`;

test("a call is handed over once: asked again with its id it is answered as before", async () => {
  const id = newCall();
  const first = call("job_list", { id, args: { limit: 2 } });
  await answered(DONE);
  expect(await first).toEqual({ status: 200, body: { jobs: [] } });
  expect(await call("job_list", { id, args: { limit: 2 } })).toEqual({ status: 200, body: { jobs: [] } });
  expect(await waiting()).toBe(0);
  expect((await call("lock_list", { id })).status).toBe(400);
});

test("what the runner refuses is answered with its status and in its words", async () => {
  const asking = call("job_list", {});
  await answered({
    ok: false,
    problem: {
      type: "urn:nightgate:problem:not-found",
      title: "not-found",
      status: 404,
      code: "not-found",
      detail: "There is no such workstation here.",
    },
  });
  expect(await asking).toMatchObject({
    status: 404,
    body: { code: "not-found", detail: "There is no such workstation here." },
  });
});

test("a message that the runner cannot take at all is no answer without end", async () => {
  const asking = call("job_list", {});
  await expect.poll(waiting).toBe(1);
  await admin.query(
    "UPDATE jobs.inbox SET handled_at = now(), error = 'It cannot be read.' WHERE handled_at IS NULL",
  );
  expect(await asking).toMatchObject({ status: 502, body: { detail: "It cannot be read." } });
});

test("whoever leaves finds the answer later, by the same id; another person with it does not", async () => {
  const id = newCall();
  const leaving = new AbortController();
  const asking = call("job_list", { id }, leaving.signal);
  await expect.poll(waiting).toBe(1);
  leaving.abort();
  expect(await asking).toMatchObject({ status: 504, body: { code: "verb.unanswered" } });
  await answered(DONE);
  expect((await call("job_list", { id })).status).toBe(200);
  await admin.query("UPDATE jobs.verb_calls SET caller = 'per_000000000000' WHERE id = $1", [id]);
  const again = call("job_list", { id });
  await expect.poll(waiting).toBe(1);
  await answered({ ok: true, result: { jobs: [{ mine: true }] } });
  expect((await again).body).toEqual({ jobs: [{ mine: true }] });
});

test("what cannot be done is refused before the runner hears of it", async () => {
  expect(await call("no_such_verb", {})).toMatchObject({ status: 404, body: { code: "verb.unknown" } });
  expect(await call("job_list", { args: { limit: "many" } })).toMatchObject({
    body: { code: "verb.arguments" },
  });
  expect(await call("job_list", { args: { nonsense: 1 } })).toMatchObject({
    body: { code: "verb.arguments" },
  });
  expect(await call("job_result", { args: {} })).toMatchObject({ body: { code: "verb.not-yours" } });
  expect((await call("job_list", { id: "short" })).status).toBe(400);
  expect(await waiting()).toBe(0);
});
