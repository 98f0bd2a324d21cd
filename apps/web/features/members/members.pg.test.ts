/** Roles, invitations and memberships through the real routes over a real database: what each role may do, and every way to more than that (A1, W12). */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import type { Member, Role } from "../../server/member.ts";
import { digestOf } from "../../server/session.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));

let web: TestWeb;
const ours = newId("organization");
const theirs = newId("organization");
const people = {
  owner: newId("person"),
  admin: newId("person"),
  member: newId("person"),
  viewer: newId("person"),
} satisfies Record<Role, string>;
const stranger = newId("person");
const target = newId("person");

let client: pg.Client;

/** As web, within the organization. */
async function sql(organization: string, text: string, ...values: unknown[]): Promise<pg.QueryResult> {
  await client.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
  return await client.query(text, values);
}

async function put(organization: string, person: string, role: Role): Promise<void> {
  await sql(
    organization,
    `INSERT INTO control.members (organization_id, person_id, name, role) VALUES ($1, $2, $3, $4)
     ON CONFLICT (organization_id, person_id) DO UPDATE SET role = $4, removed_at = NULL`,
    organization,
    person,
    `Name of ${person}`,
    role,
  );
}

async function session(organization: string, person: string): Promise<void> {
  await sql(
    organization,
    `INSERT INTO control.sessions (token_digest, person_id, person_name, organization_id, expires_at)
     VALUES ($1, $2, 'x', $3, now() + interval '1 day') ON CONFLICT (token_digest) DO UPDATE SET organization_id = $3`,
    digestOf(`token-${person}`),
    person,
    organization,
  );
}

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  client = new pg.Client({ connectionString: web.database.urls.web });
  await client.connect();
  for (const id of [ours, theirs])
    await sql(id, "INSERT INTO control.organizations VALUES ($1, $2)", id, "Acme");
});
afterAll(async () => {
  await client.end();
  await web.close();
});
beforeEach(async () => {
  for (const role of ["owner", "admin", "member", "viewer"] as const) {
    await put(ours, people[role], role);
    await session(ours, people[role]);
  }
  await put(theirs, stranger, "owner");
  await session(theirs, stranger);
  await put(ours, target, "member");
});

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;

async function ask(
  load: () => Promise<Handler>,
  person: string,
  params: Record<string, string>,
  sent: Record<string, unknown> = {},
): Promise<{ status: number; code: string; body: Record<string, string | number> }> {
  jar.clear();
  jar.set("nightgate-web", `token-${person}`);
  const init = { method: "POST", body: JSON.stringify(sent) };
  const handler = await load();
  const response = await handler(new Request("http://web.localhost:4600/", init), {
    params: Promise.resolve(params),
  });
  const body = (await response.json()) as Record<string, string | number> & { code?: string };
  return { status: response.status, code: body.code ?? "", body };
}

const routes = {
  invite: async () => (await import("../../app/api/members/invitations/route.ts")).POST as Handler,
  revoke: async () =>
    (await import("../../app/api/members/invitations/[invitation]/revoke/route.ts")).POST as Handler,
  role: async () => (await import("../../app/api/members/[person]/role/route.ts")).POST as Handler,
  remove: async () => (await import("../../app/api/members/[person]/remove/route.ts")).POST as Handler,
  leave: async () => (await import("../../app/api/members/leave/route.ts")).POST as Handler,
  switch: async () => (await import("../../app/api/organizations/switch/route.ts")).POST as Handler,
  sessions: async () => (await import("../../app/api/sessions/end/route.ts")).POST as Handler,
  job: async () => (await import("../../app/api/jobs/route.ts")).POST as Handler,
  workstation: async () => (await import("../../app/api/workstations/route.ts")).POST as Handler,
};

async function roleOf(person: string): Promise<string | null> {
  const { rows } = await sql(
    ours,
    "SELECT role FROM control.members WHERE person_id = $1 AND removed_at IS NULL",
    person,
  );
  const [row] = rows as { role: string }[];
  return row?.role ?? null;
}

async function invited(as: string, role: Role): Promise<string> {
  const { body } = await ask(routes.invite, as, {}, { role, note: "Bo" });
  return String(body["invitation"]);
}

/** What each role may do, route by route; whoever is not named is refused with role.refused. */
const ALLOWED: [
  string,
  keyof typeof routes,
  readonly Role[],
  () => Promise<[Record<string, string>, Record<string, unknown>]>,
][] = [
  ["invite a viewer", "invite", ["owner", "admin"], async () => [{}, { role: "viewer" }]],
  ["invite an admin", "invite", ["owner", "admin"], async () => [{}, { role: "admin" }]],
  ["invite an owner", "invite", ["owner"], async () => [{}, { role: "owner" }]],
  [
    "take back a member's invitation",
    "revoke",
    ["owner", "admin"],
    async () => [{ invitation: await invited(people.owner, "member") }, {}],
  ],
  [
    "take back an owner's invitation",
    "revoke",
    ["owner"],
    async () => [{ invitation: await invited(people.owner, "owner") }, {}],
  ],
  ["make a member an admin", "role", ["owner", "admin"], async () => [{ person: target }, { role: "admin" }]],
  ["make a member an owner", "role", ["owner"], async () => [{ person: target }, { role: "owner" }]],
  [
    "take an owner's role",
    "role",
    ["owner"],
    async () => [{ person: await another("owner") }, { role: "viewer" }],
  ],
  ["remove a member", "remove", ["owner", "admin"], async () => [{ person: target }, {}]],
  ["remove an owner", "remove", ["owner"], async () => [{ person: await another("owner") }, {}]],
  [
    "create a workstation",
    "workstation",
    ["owner", "admin", "member"],
    async () => [
      {},
      { workstation: newId("workstation"), name: `w${newId("job").slice(4).replaceAll(/\d/g, "x")}` },
    ],
  ],
];

async function another(role: Role): Promise<string> {
  const person = newId("person");
  await put(ours, person, role);
  return person;
}

describe.each(ALLOWED)("may %s", (_what, route, roles, prepare) => {
  test.each(["owner", "admin", "member", "viewer"] as const)("as %s", async (role) => {
    const [params, body] = await prepare();
    const answer = await ask(routes[route], people[role], params, body);
    const wanted = roles.includes(role) ? { status: 200, code: "" } : { status: 403, code: "role.refused" };
    expect(answer).toMatchObject(wanted);
  });
});

describe("nobody raises themselves", () => {
  test.each([
    ["admin", "owner"],
    ["member", "admin"],
    ["viewer", "member"],
  ] as const)("%s to %s", async (from, to) => {
    const answer = await ask(routes.role, people[from], { person: people[from] }, { role: to });
    expect(answer).toMatchObject({ status: 403, code: "role.refused" });
    expect(await roleOf(people[from])).toBe(from);
  });

  test("the last owner neither leaves nor steps down, also when two try at once", async () => {
    await sql(
      ours,
      "UPDATE control.members SET removed_at = now() WHERE role = 'owner' AND person_id <> $1",
      people.owner,
    );
    const second = await another("owner");
    const { changeRole, leave } = await import("./commands.ts");
    const asOwner = (person: string): Member => ({
      person,
      personName: "",
      organization: ours,
      organizationName: "",
      role: "owner",
    });
    const both = await Promise.allSettled([
      leave(asOwner(people.owner)),
      changeRole(asOwner(second), second, "viewer"),
    ]);
    const refused = both.filter((each): each is PromiseRejectedResult => each.status === "rejected");
    expect(refused.map((each) => each.reason as unknown)).toMatchObject([{ code: "member.last-owner" }]);
    const { rows } = await sql(
      ours,
      "SELECT 1 FROM control.members WHERE role = 'owner' AND removed_at IS NULL",
    );
    expect(rows).toHaveLength(1);
  });
});

describe("A1: another organization's people and invitations", () => {
  test("answer as if they did not exist, and are as they were", async () => {
    const invitation = await invited(people.owner, "member");
    for (const [route, params, body] of [
      ["role", { person: target }, { role: "viewer" }],
      ["remove", { person: target }, {}],
      ["revoke", { invitation }, {}],
    ] as const) {
      const foreign = await ask(routes[route], stranger, params, body);
      const none = await ask(
        routes[route],
        stranger,
        route === "revoke" ? { invitation: newId("invitation") } : { person: newId("person") },
        body,
      );
      expect(foreign).toEqual(none);
      expect(foreign.status).toBe(404);
    }
    expect(await roleOf(target)).toBe("member");
    const answer = await ask(routes.switch, stranger, {}, { organization: ours });
    expect(answer).toEqual(await ask(routes.switch, stranger, {}, { organization: newId("organization") }));
    expect(answer.status).toBe(404);
  });

  test("sessions of others are not ended", async () => {
    const id = digestOf(`token-${people.owner}`).slice(0, 16);
    expect((await ask(routes.sessions, stranger, {}, { which: id })).body).toEqual({ ended: 0 });
    expect((await ask(routes.invite, people.owner, {}, { role: "viewer" })).status).toBe(200);
  });
});

describe("somebody who is removed", () => {
  test("is told so by the next request, keeps their other organizations, and hears no more of this one", async () => {
    await put(theirs, target, "member");
    await session(ours, target);
    jar.clear();
    jar.set("nightgate-web", `token-${target}`);
    const { GET } = await import("../../app/api/live/route.ts");
    const leaving = new AbortController();
    const stream = await GET(new Request("http://web.localhost:4600/", { signal: leaving.signal }), {
      params: Promise.resolve({}),
    });
    const reader = stream.body?.getReader();
    await reader?.read();
    expect((await ask(routes.remove, people.admin, { person: target })).status).toBe(200);
    // Attack A2: what is open ends, and not only what is asked anew.
    for (;;) if ((await reader?.read())?.done !== false) break;
    leaving.abort();
    expect(await ask(routes.job, target, {}, {})).toMatchObject({ status: 403, code: "membership.ended" });
    expect((await ask(routes.switch, target, {}, { organization: theirs })).status).toBe(200);
    expect((await ask(routes.leave, target, {})).status).toBe(200);
  });

  test("W12: a member whom the signed policy names as an approver is not removed by a row", async () => {
    const admin = new pg.Client({ connectionString: web.database.urls.superuser });
    await admin.connect();
    const document = {
      organization: ours,
      version: 1,
      quorum: 1,
      approvers: [
        {
          person: target,
          name: "Bo",
          passkeys: [{ credential: "c".repeat(20), publicKey: "k".repeat(20), name: "First" }],
        },
      ],
      resources: [],
    };
    await admin.query(
      "INSERT INTO gate.organizations (organization_id, name, policy_version, log_root) VALUES ($1, 'Acme', 1, 'x')",
      [ours],
    );
    await admin.query(
      "INSERT INTO gate.policies (organization_id, version, document, hold_id) VALUES ($1, 1, $2, 'H-1')",
      [ours, document],
    );
    await admin.end();
    expect(await ask(routes.remove, people.owner, { person: target })).toMatchObject({
      status: 409,
      code: "member.approves",
    });
    expect(await roleOf(target)).toBe("member");
  });
});

test("an invitation's secret is in its answer and nowhere else", async () => {
  const { body } = await ask(routes.invite, people.owner, {}, { role: "member", note: "Bo" });
  const secret = String(body["link"]).split(".").at(-1) ?? "";
  expect(secret).toHaveLength(43);
  const { rows } = await sql(ours, "SELECT * FROM control.invitations");
  expect(JSON.stringify(rows)).not.toContain(secret);
  const { readMembers } = await import("./queries.ts");
  const view = await readMembers({
    person: people.owner,
    personName: "",
    organization: ours,
    organizationName: "",
    role: "owner",
  });
  expect(JSON.stringify(view)).not.toContain(secret);
  expect(view.invitations.some((each) => each.state === "open" && each.note === "Bo")).toBe(true);
});
