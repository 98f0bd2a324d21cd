import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
/**
 * Every address of web's API, attacked by nobody and by another organization. The list is what stands in app/: a route that is new and stands
 * in none of the tables below fails here, so that nobody forgets to say whose it is (invariant 9).
 */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { seed } from "../testing/seed.ts";
import type { Seeded } from "../testing/seeded.ts";
import { headersModule, openTestWeb, type TestWeb } from "../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));

const APP = join(import.meta.dirname, "../app");
type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;
type Module = Partial<Record<"GET" | "POST" | "PUT" | "PATCH" | "DELETE", Handler>>;

/** What the attacker names: theirs, or what does not exist. */
interface Named {
  organization: string;
  job: string;
  workstation: string;
  person: string;
  invitation: string;
  schedule: string;
  access: string;
  session: string;
}
type Body = (named: Named) => Record<string, unknown>;
const nothing: Body = () => ({});

/** Answers somebody who is not signed in, with the reason why it may. */
const FOR_ANYBODY: Record<string, string> = {
  "api/health": "says that it is up, and nothing about anybody",
  "api/sign-out": "ends the session that is asked with",
  "api/access/metadata/authorization-server": "where programs ask for access",
  "api/access/metadata/protected-resource": "where programs ask for access",
  "auth/start": "the way in",
  "auth/callback": "the way in, with the gate's code",
  "oauth/device":
    "a program without a browser begins a login; features/access/access-attacked.pg.test.ts attacks it",
  "oauth/register": "a program says its name; nothing is given",
  "oauth/revoke": "ends what the token that is shown was granted",
  "oauth/token": "gives tokens for what a person has granted, and for nothing else",
};
/** Names something by its id: theirs answers as none, and is as it was. */
const NAMES_AN_ID: Record<string, { body: Body; status: number }> = {
  "api/jobs": {
    body: ({ workstation }) => ({
      job: newId("job"),
      run: newId("run"),
      workstation,
      agent: "claude",
      repository: null,
      prompt: "x",
    }),
    status: 404,
  },
  "api/jobs/[job]/cancel": { body: nothing, status: 404 },
  "api/jobs/[job]/events": { body: nothing, status: 404 },
  "api/jobs/[job]/interrupt": { body: nothing, status: 404 },
  "api/jobs/[job]/prompt": { body: () => ({ run: newId("run"), prompt: "push it" }), status: 404 },
  "api/jobs/[job]/retry": { body: () => ({ run: newId("run") }), status: 404 },
  "api/jobs/[job]/tool": { body: () => ({ run: "run_000000000000", call: "t4" }), status: 404 },
  "api/schedules": {
    body: ({ workstation }) => ({
      schedule: newId("schedule"),
      job: newId("job"),
      name: "nightly",
      when: { cron: "0 3 * * *", timeZone: "UTC" },
      missed: "coalesce",
      overlap: "skip",
      continuity: "fresh",
      successesMax: null,
      workstation,
      agent: "claude",
      repository: null,
      prompt: "x",
    }),
    status: 404,
  },
  "api/schedules/[schedule]/delete": { body: nothing, status: 404 },
  "api/schedules/[schedule]/fire": { body: () => ({ run: newId("run") }), status: 404 },
  "api/schedules/[schedule]/pause": { body: () => ({ paused: true }), status: 404 },
  "api/workstations/[workstation]": { body: () => ({ wanted: "removed" }), status: 404 },
  "api/members/[person]/remove": { body: nothing, status: 404 },
  "api/members/[person]/role": { body: () => ({ role: "viewer" }), status: 404 },
  "api/members/invitations/[invitation]/revoke": { body: nothing, status: 404 },
  "api/access/[access]/revoke": { body: nothing, status: 404 },
  "api/organizations/switch": { body: ({ organization }) => ({ organization }), status: 404 },
  "api/sessions/end": { body: ({ session }) => ({ which: session }), status: 200 },
};
/** Names nothing of anybody's: it is about the session's own organization. */
const OF_ONES_OWN: Record<string, Body> = {
  "api/access/consent": nothing,
  "api/access/device": nothing,
  "api/access/device/look": nothing,
  "api/live": nothing,
  "api/members/invitations": () => ({ role: "viewer" }),
  "api/members/leave": nothing,
  "api/schedules/preview": () => ({ cron: "0 3 * * *", timeZone: "UTC" }),
  "api/setup/names": nothing,
  "api/verbs/[verb]": nothing,
  mcp: nothing,
  "api/workstations": () => ({ workstation: newId("workstation"), name: "another" }),
};

let web: TestWeb;
let ours: Seeded & { jobs: Record<string, string> };
let theirs: Named;
let admin: pg.Client;
const found: string[] = readdirSync(APP, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("/route.ts"))
  .map((path) => path.replace(/\/route\.ts$/, ""));

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  ours = await seed(web.database.urls, "full", 5);
  const victim = await seed(web.database.urls, "full", 5);
  admin = new pg.Client({ connectionString: web.database.urls.superuser });
  await admin.connect();
  const invitation = newId("invitation");
  await admin.query(
    "INSERT INTO control.invitations (organization_id, id, token_digest, role, invited_by, expires_at) VALUES ($1, $2, 'x', 'member', $3, now() + interval '1 day')",
    [victim.organization, invitation, victim.person],
  );
  const schedule = newId("schedule");
  await admin.query(
    `INSERT INTO jobs.schedules (organization_id, id, job_id, name, cron, time_zone, created_by) VALUES ($1, $2, $3, 'x', '0 3 * * *', 'UTC', 'x')`,
    [victim.organization, schedule, victim.jobs["waiting"]],
  );
  const access = newId("access");
  await admin.query(
    "INSERT INTO control.access_grants (organization_id, id, person_id, client_id, resource, scope, client_name, expires_at) VALUES ($1, $2, $3, 'nightgate-cli', 'http://web.localhost:4600', 'act', 'x', now() + interval '1 day')",
    [victim.organization, access, victim.person],
  );
  theirs = {
    access,
    schedule,
    organization: victim.organization,
    job: victim.jobs["waiting"] ?? "",
    workstation: victim.workstation,
    person: victim.person,
    invitation,
    session: createHash("sha256").update(victim.token).digest("hex").slice(0, 16),
  };
});
afterAll(async () => {
  await admin.end();
  await web.close();
});

const nobodys = (): Named => ({
  access: newId("access"),
  organization: newId("organization"),
  job: newId("job"),
  workstation: newId("workstation"),
  person: newId("person"),
  invitation: newId("invitation"),
  schedule: newId("schedule"),
  session: "0".repeat(16),
});

async function methodsOf(route: string): Promise<[string, Handler][]> {
  const loaded = (await import(/* @vite-ignore */ join(APP, route, "route.ts"))) as Module;
  return Object.entries(loaded).filter(([name]) => /^(GET|POST|PUT|PATCH|DELETE)$/.test(name));
}

async function ask(
  [method, handler]: [string, Handler],
  token: string | null,
  named: Named,
  text: string,
): Promise<{ status: number; text: string }> {
  jar.clear();
  if (token !== null) jar.set("nightgate-web", token);
  const leaving = new AbortController();
  const query = method === "GET" ? `?${new URLSearchParams(queryOf(text)).toString()}` : "";
  const request = new Request(`http://web.localhost:4600/${query}`, {
    method,
    signal: leaving.signal,
    headers: { origin: "http://web.localhost:4600" },
    ...(method === "GET" ? {} : { body: text }),
  });
  const response = await handler(request, { params: Promise.resolve({ ...named }) });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  let said = isStream ? "" : await response.text();
  leaving.abort();
  await response.body?.cancel().catch(String);
  for (const name of Object.values({ ...named })) said = said.replaceAll(name, "-");
  return { status: response.status, text: said };
}

function queryOf(text: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return {};
  }
}

async function rows(): Promise<string> {
  const { rows: seen } = await admin.query<{ rows: string }>(
    `SELECT json_build_object(
      'members', (SELECT json_agg(m ORDER BY person_id) FROM control.members m WHERE organization_id = $1),
      'workstations', (SELECT json_agg(w ORDER BY id) FROM control.workstations w WHERE organization_id = $1),
      'invitations', (SELECT json_agg(i ORDER BY id) FROM control.invitations i WHERE organization_id = $1),
      'schedules', (SELECT json_agg(s ORDER BY id) FROM jobs.schedules s WHERE organization_id = $1),
      'access', (SELECT json_agg(a ORDER BY id) FROM control.access_grants a WHERE organization_id = $1),
      'sessions', (SELECT count(*) FROM control.sessions WHERE organization_id = $1),
      'inbox', (SELECT count(*) FROM jobs.inbox WHERE organization_id = $1))::text AS rows`,
    [theirs.organization],
  );
  return seen[0]?.rows ?? "";
}

test("A1: every address of web's API says whose it is", () => {
  const said = [FOR_ANYBODY, NAMES_AN_ID, OF_ONES_OWN].flatMap((table) => Object.keys(table));
  expect(said).toEqual(expect.arrayContaining(found));
  expect(new Set(said).size).toBe(said.length);
  expect(found.length).toBeGreaterThan(15);
});

describe.each(found.filter((route) => FOR_ANYBODY[route] === undefined))("%s", (route) => {
  test("A1: without a session, and with one that is made up, it refuses", async () => {
    for (const method of await methodsOf(route)) {
      expect((await ask(method, null, theirs, "{}")).status).toBe(401);
      expect((await ask(method, "x".repeat(43), theirs, "{}")).status).toBe(401);
      expect((await ask(method, "' OR 1=1--", theirs, "{}")).status).toBe(401);
    }
  });

  test.runIf(NAMES_AN_ID[route] !== undefined)(
    "A1, invariant 9: what is another organization's answers as what does not exist, and is as it was",
    async () => {
      const { body, status } = NAMES_AN_ID[route] ?? { body: nothing, status: 0 };
      const before = await rows();
      for (const method of await methodsOf(route)) {
        const foreign = await ask(method, ours.token, theirs, JSON.stringify(body(theirs)));
        const none = nobodys();
        expect(foreign).toEqual(await ask(method, ours.token, none, JSON.stringify(body(none))));
        expect(foreign.status).toBe(status);
      }
      expect(await rows()).toBe(before);
    },
  );

  test("A10: what nobody would send is the request's fault, and not web's", async () => {
    const strange = [
      "",
      "null",
      "[]",
      '{"__proto__":{"role":"owner"},"constructor":1}',
      `{"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
      JSON.stringify({
        prompt: "a\0b",
        note: "a\0b",
        name: "a\0b",
        call: "a\0b",
        role: "viewer",
        job: newId("job"),
        run: newId("run"),
        workstation: ours.workstation,
        agent: "claude",
        repository: null,
      }),
    ];
    for (const method of await methodsOf(route)) {
      // One leaves for good, the other asks the network and nobody here.
      if (/members.leave|setup.names/.test(route)) continue;
      for (const text of method[0] === "GET" ? strange.filter((each) => each.length < 10_000) : strange) {
        const { status } = await ask(
          method,
          ours.token,
          { ...nobodys(), job: ours.jobs["waiting"] ?? "" },
          text,
        );
        expect([method[0], text.slice(0, 40), status < 500]).toEqual([method[0], text.slice(0, 40), true]);
      }
    }
  });
});

test("A1: a workstation's id that another organization has is not taken over, and not web's fault", async () => {
  const methods = await methodsOf("api/workstations");
  expect(methods).toHaveLength(1);
  const before = await rows();
  const text = JSON.stringify({ workstation: theirs.workstation, name: "mine" });
  for (const method of methods) expect((await ask(method, ours.token, theirs, text)).status).toBe(400);
  expect(await rows()).toBe(before);
});
