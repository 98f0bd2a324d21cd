/** Tokens, codes and grants, attacked over web's own routes with a real database: guessed, repeated, carried elsewhere, and shown after their end. */
import { createHash } from "node:crypto";
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { limits } from "../../limits.ts";
import { routeFetch } from "../../testing/route-fetch.ts";
import { seed } from "../../testing/seed.ts";
import type { Seeded } from "../../testing/seeded.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));

const ORIGIN = "http://web.localhost:4600";
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
interface Tokens {
  access_token: string;
  refresh_token: string;
  scope: string;
}

let web: TestWeb;
let ours: Seeded;
let theirs: Seeded;
let admin: pg.Client;

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  ours = await seed(web.database.urls, "fresh");
  theirs = await seed(web.database.urls, "fresh");
  admin = new pg.Client({ connectionString: web.database.urls.superuser });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await web.close();
});
beforeEach(async () => {
  await admin.query("DELETE FROM control.code_guesses");
  await admin.query("DELETE FROM control.device_logins");
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function form(path: string, fields: Record<string, string>, address = "203.0.113.7"): Promise<Answer> {
  const body = new URLSearchParams({ client_id: "nightgate-cli", ...fields });
  const headers = { "x-forwarded-for": `198.51.100.1, ${address}` };
  const answer = await routeFetch(`${ORIGIN}${path}`, { method: "POST", headers, body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function asPerson(who: Seeded, path: string, body: Record<string, unknown>): Promise<Answer> {
  jar.set("nightgate-web", who.token);
  const init = { method: "POST", headers: { origin: ORIGIN }, body: JSON.stringify(body) };
  const answer = await routeFetch(`${ORIGIN}${path}`, init);
  jar.clear();
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** Asks for a verb that does not exist: 404 says that the token was taken, 401 that it was not, and no runner is needed. */
async function ask(token: string, path = "/api/verbs/no_such_verb"): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await routeFetch(`${ORIGIN}${path}`, { method: "POST", headers, body: "{}" })).status;
}
const TAKEN = 404;

async function begin(scope = "read act"): Promise<{ device: string; code: string }> {
  const { body } = await form("/oauth/device", { scope, machine: "a-laptop" });
  return { device: String(body["device_code"]), code: String(body["user_code"]) };
}

async function decide(who: Seeded, code: string, decision: string): Promise<Answer> {
  return await asPerson(who, "/api/access/device", { code, decision, organization: who.organization });
}

const poll = async (device: string): Promise<Answer> =>
  await form("/oauth/token", { grant_type: DEVICE_GRANT, device_code: device });

async function loggedIn(who: Seeded, decision = "act"): Promise<Tokens> {
  const { device, code } = await begin();
  expect((await decide(who, code, decision)).status).toBe(200);
  const { status, body } = await poll(device);
  expect(status).toBe(200);
  return body as unknown as Tokens;
}

const refresh = async (token: string): Promise<Answer> =>
  await form("/oauth/token", { grant_type: "refresh_token", refresh_token: token });

describe("A12: a device's login", () => {
  test("gives nothing before a person has decided, is slowed down, and gives tokens once", async () => {
    const { device, code } = await begin();
    expect(code).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect((await poll(device)).body["error"]).toBe("authorization_pending");
    expect((await poll(device)).body["error"]).toBe("slow_down");
    expect(await asPerson(ours, "/api/access/device/look", { code: code.toLowerCase() })).toMatchObject({
      status: 200,
      body: { machine: "a-laptop", scope: "act", userCode: code },
    });
    expect((await decide(ours, code, "read")).status).toBe(200);
    const given = await poll(device);
    expect(given).toMatchObject({ status: 200, body: { scope: "read", token_type: "Bearer" } });
    expect(await ask(String(given.body["access_token"]))).toBe(TAKEN);
    expect((await poll(device)).body["error"]).toBe("invalid_grant");
    expect((await decide(theirs, code, "act")).status).toBe(404);
  });

  test("that is refused, or too late, gives nothing", async () => {
    const refused = await begin();
    await decide(ours, refused.code, "refuse");
    expect((await poll(refused.device)).body["error"]).toBe("access_denied");
    const late = await begin();
    await admin.query(
      "UPDATE control.device_logins SET expires_at = now() - interval '1 second' WHERE state = 'waiting'",
    );
    expect((await poll(late.device)).body["error"]).toBe("expired_token");
    expect((await decide(ours, late.code, "act")).status).toBe(404);
  });

  test("is decided for the organization that the page showed, and for no other", async () => {
    const { device, code } = await begin();
    const other = await asPerson(ours, "/api/access/device", {
      code,
      decision: "act",
      organization: theirs.organization,
    });
    expect(other.status).toBe(400);
    expect((await poll(device)).body["error"]).toBe("authorization_pending");
  });

  test("one who only asked to look cannot be given more", async () => {
    const { device, code } = await begin("read");
    await decide(ours, code, "act");
    expect((await poll(device)).body["scope"]).toBe("read");
  });

  test("codes are not guessed: after ten wrong ones, at once or one by one, the right one is not taken either", async () => {
    const { code } = await begin();
    const guesses = Array.from(
      { length: 30 },
      async () => (await asPerson(ours, "/api/access/device/look", { code: "BBBB-BBBB" })).status,
    );
    const said = await Promise.all(guesses);
    expect(said.filter((status) => status === 404)).toHaveLength(limits.codeGuessesMax);
    expect((await decide(ours, code, "act")).status).toBe(429);
    expect((await asPerson(theirs, "/api/access/device/look", { code })).status).toBe(200);
  });

  test("one address cannot fill the list of those that wait", async () => {
    const statuses: number[] = [];
    for (let at = 0; at <= limits.deviceLoginsPerAddressMax; at++)
      statuses.push((await form("/oauth/device", { machine: "x" })).status);
    expect(statuses.slice(0, -1).every((status) => status === 200)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
    // Another one still can, and so can those who all come by one front.
    expect((await form("/oauth/device", { machine: "x" }, "203.0.113.8")).status).toBe(200);
    expect((await form("/oauth/device", { machine: "x" }, "127.0.0.1")).status).toBe(200);
  });
});

describe("A12: a refresh token", () => {
  test("is used once: one that comes again ends the whole family, whoever came first", async () => {
    const first = await loggedIn(ours);
    const second = (await refresh(first.refresh_token)).body as unknown as Tokens;
    expect(await ask(second.access_token)).toBe(TAKEN);
    expect((await refresh(first.refresh_token)).body["error"]).toBe("invalid_grant");
    expect(await ask(second.access_token)).toBe(401);
    expect(await ask(first.access_token)).toBe(401);
    expect((await refresh(second.refresh_token)).body["error"]).toBe("invalid_grant");
  });

  test("shown ten times at the same moment gives tokens once at most, and those end too", async () => {
    const { refresh_token: token } = await loggedIn(ours);
    const answers = await Promise.all(Array.from({ length: 10 }, async () => await refresh(token)));
    const given = answers.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    for (const { body } of given) expect(await ask(String(body["access_token"]))).toBe(401);
  });

  test("is not an access token, and the other way round; what has expired is worth nothing", async () => {
    const tokens = await loggedIn(ours);
    expect(await ask(tokens.refresh_token)).toBe(401);
    expect((await refresh(tokens.access_token)).body["error"]).toBe("invalid_grant");
    await admin.query("UPDATE control.access_tokens SET expires_at = now() - interval '1 second'");
    expect(await ask(tokens.access_token)).toBe(401);
    expect((await refresh(tokens.refresh_token)).body["error"]).toBe("invalid_grant");
  });

  test("renewed without end keeps so many tokens and no more (invariant 12)", async () => {
    const { refresh_token, access_token } = await loggedIn(ours);
    const digest = createHash("sha256").update(access_token).digest("hex");
    const { rows } = await admin.query<{ id: string }>(
      "SELECT grant_id AS id FROM control.access_tokens WHERE digest = $1",
      [digest],
    );
    const grant = rows[0]?.id;
    await admin.query(
      "INSERT INTO control.access_tokens (organization_id, digest, grant_id, kind, created_at, expires_at, used_at) SELECT $1, 'old-' || n, $2, 'refresh', now() - interval '1 day', now() + interval '1 day', now() FROM generate_series(1, 500) n",
      [ours.organization, grant],
    );
    const renewed = await refresh(refresh_token);
    expect(await ask(String(renewed.body["access_token"]))).toBe(TAKEN);
    const kept = await admin.query("SELECT 1 FROM control.access_tokens WHERE grant_id = $1", [grant]);
    expect(kept.rowCount).toBe(limits.tokensPerAccessMax);
  });

  test("of one program is none of another's", async () => {
    const { refresh_token, access_token } = await loggedIn(ours);
    expect((await form("/oauth/revoke", { token: refresh_token, client_id: newId("access") })).status).toBe(
      200,
    );
    expect(await ask(access_token)).toBe(TAKEN);
    const other = await form("/oauth/token", {
      grant_type: "refresh_token",
      refresh_token,
      client_id: newId("access"),
    });
    expect(other.body["error"]).toBe("invalid_grant");
  });
});

describe("A12, invariant 9: an access token", () => {
  test("with another organization's name on it is found nowhere", async () => {
    const { access_token: token } = await loggedIn(ours);
    const carried = token.replace(ours.organization.slice(4), theirs.organization.slice(4));
    expect(carried).not.toBe(token);
    for (const path of ["/api/verbs/no_such_verb", "/mcp"]) expect(await ask(carried, path)).toBe(401);
    for (const made of ["", "x", `nga_${"0".repeat(12)}_${"A".repeat(43)}`, "' OR 1=1--"])
      expect(await ask(made)).toBe(401);
  });

  test("of the command line opens no MCP", async () => {
    expect(await ask((await loggedIn(ours)).access_token, "/mcp")).toBe(401);
  });

  test("is in no table: of every token and code the digest alone is kept", async () => {
    const { access_token, refresh_token } = await loggedIn(ours);
    const { device, code } = await begin();
    const tables = ["access_grants", "access_tokens", "device_logins"];
    const texts = await Promise.all(
      tables.map(
        async (table) => (await admin.query<{ t: string }>(`SELECT t::text FROM control.${table} t`)).rows,
      ),
    );
    const all = JSON.stringify(texts);
    for (const secret of [access_token, refresh_token, device]) expect(all).not.toContain(secret.slice(-43));
    expect(all).toContain(createHash("sha256").update(access_token).digest("hex"));
    expect(all).toContain(code.replace("-", ""));
  });

  test("that may only look does not act, and a viewer's does not either", async () => {
    const looks = await loggedIn(ours, "read");
    const write = async (token: string): Promise<Answer> => {
      const init = {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ args: { job: newId("job") } }),
      };
      const answer = await routeFetch(`${ORIGIN}/api/verbs/job_cancel`, init);
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    expect(await write(looks.access_token)).toMatchObject({ status: 403, body: { code: "token.scope" } });
    const acts = await loggedIn(theirs);
    await admin.query("UPDATE control.members SET role = 'viewer' WHERE person_id = $1", [theirs.person]);
    expect(await write(acts.access_token)).toMatchObject({ status: 403, body: { code: "role.refused" } });
    await admin.query("UPDATE control.members SET role = 'owner' WHERE person_id = $1", [theirs.person]);
    const inbox = await admin.query("SELECT 1 FROM jobs.inbox");
    expect(inbox.rowCount).toBe(0);
  });

  test("of a removed member is dead at the next request, and stays so when they are let in again", async () => {
    const removed = await loggedIn(theirs);
    const { device, code } = await begin();
    await decide(theirs, code, "act");
    const set = "UPDATE control.members SET removed_at = $2 WHERE person_id = $1";
    await admin.query(set, [theirs.person, new Date()]);
    expect(await ask(removed.access_token)).toBe(401);
    expect((await refresh(removed.refresh_token)).body["error"]).toBe("invalid_grant");
    expect((await poll(device)).body["error"]).toBe("access_denied");
    await admin.query(set, [theirs.person, null]);
    expect(await ask(removed.access_token)).toBe(401);
    expect(await ask((await loggedIn(theirs)).access_token)).toBe(TAKEN);
  });

  test("is taken back at once by its person, or by whoever could remove them, and by nobody else", async () => {
    const { access_token: token } = await loggedIn(ours);
    const { rows } = await admin.query<{ id: string }>(
      "SELECT id FROM control.access_grants WHERE person_id = $1 AND revoked_at IS NULL ORDER BY created_at DESC LIMIT 1",
      [ours.person],
    );
    const path = `/api/access/${rows[0]?.id ?? ""}/revoke`;
    expect((await asPerson(theirs, path, {})).status).toBe(404);
    const colleague = newId("person");
    await admin.query(
      "INSERT INTO control.members (organization_id, person_id, name, role) VALUES ($1, $2, 'Kim', 'admin')",
      [ours.organization, colleague],
    );
    await admin.query(
      "INSERT INTO control.sessions (token_digest, person_id, person_name, organization_id, expires_at) VALUES ($1, $2, 'Kim', $3, now() + interval '1 day')",
      [createHash("sha256").update("k".repeat(43)).digest("hex"), colleague, ours.organization],
    );
    expect((await asPerson({ ...ours, person: colleague, token: "k".repeat(43) }, path, {})).status).toBe(
      404,
    );
    expect(await ask(token)).toBe(TAKEN);
    expect((await asPerson(ours, path, {})).status).toBe(200);
    expect(await ask(token)).toBe(401);
  });
});

describe("A3: a cookie", () => {
  test("counts for our own pages alone: what names no origin, or a foreign one, is nobody", async () => {
    jar.set("nightgate-web", ours.token);
    const post = async (headers: Record<string, string>): Promise<number> =>
      (await routeFetch(`${ORIGIN}/api/verbs/no_such_verb`, { method: "POST", headers, body: "{}" })).status;
    expect(await post({})).toBe(401);
    expect(await post({ origin: "http://evil.example" })).toBe(403);
    // With a token that is none, the session behind it does not help.
    expect(await post({ origin: ORIGIN, authorization: "Bearer nonsense" })).toBe(401);
    expect(await post({ origin: ORIGIN })).toBe(TAKEN);
    jar.clear();
  });
});
