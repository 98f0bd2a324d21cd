/** OAuth's authorization code, attacked: another verifier, another program, another address, a second time, and pages that must lead nowhere. */
import { createHash, randomBytes } from "node:crypto";
import type {} from "@nightgate/db/testing-setup";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { limits } from "../../limits.ts";
import { routeFetch } from "../../testing/route-fetch.ts";
import { seed } from "../../testing/seed.ts";
import type { Seeded } from "../../testing/seeded.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));

const ORIGIN = "http://web.localhost:4600";
const BACK = "https://assistant.example/callback";
const VERIFIER = randomBytes(32).toString("base64url");

let web: TestWeb;
let ours: Seeded;
let client: string;

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  ours = await seed(web.database.urls, "fresh");
  client = String((await register({ redirect_uris: [BACK], client_name: "Helper\u202E" })).body["client_id"]);
});
afterAll(async () => {
  await web.close();
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
}
async function answerOf(answer: Response): Promise<Answer> {
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const register = async (metadata: Record<string, unknown>): Promise<Answer> =>
  await answerOf(
    await routeFetch(`${ORIGIN}/oauth/register`, {
      method: "POST",
      headers: { "x-forwarded-for": "203.0.113.7" },
      body: JSON.stringify(metadata),
    }),
  );

const asking = (more: Record<string, string> = {}): Record<string, string> => ({
  response_type: "code",
  client_id: client,
  redirect_uri: BACK,
  code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
  code_challenge_method: "S256",
  state: "s1",
  ...more,
});

async function consent(request: Record<string, string>): Promise<Answer> {
  jar.set("nightgate-web", ours.token);
  const body = JSON.stringify({ request, decision: "act", organization: ours.organization });
  const init = { method: "POST", headers: { origin: ORIGIN }, body };
  const answer = await answerOf(await routeFetch(`${ORIGIN}/api/access/consent`, init));
  jar.clear();
  return answer;
}

async function newCode(): Promise<string> {
  const { body } = await consent(asking());
  return new URL(String(body["location"])).searchParams.get("code") ?? "";
}

const swap = async (code: string, more: Record<string, string> = {}): Promise<Answer> => {
  const fields = {
    grant_type: "authorization_code",
    code,
    client_id: client,
    code_verifier: VERIFIER,
    redirect_uri: BACK,
    ...more,
  };
  return await answerOf(
    await routeFetch(`${ORIGIN}/oauth/token`, { method: "POST", body: new URLSearchParams(fields) }),
  );
};

/** 401 without a token that counts; 406 says that the token was taken, and that the client says what it accepts. */
const mcp = async (token: unknown): Promise<number> =>
  (
    await routeFetch(`${ORIGIN}/mcp`, {
      method: "POST",
      headers: { authorization: `Bearer ${String(token)}` },
      body: "{}",
    })
  ).status;

describe("A12: an authorization code", () => {
  test("becomes tokens for MCP alone, once; a second time ends what it gave", async () => {
    const code = await newCode();
    const { status, body } = await swap(code);
    expect(status).toBe(200);
    expect(await mcp(body["access_token"])).toBe(406);
    const verbs = await routeFetch(`${ORIGIN}/api/verbs/job_list`, {
      method: "POST",
      headers: { authorization: `Bearer ${String(body["access_token"])}` },
      body: "{}",
    });
    expect(verbs.status).toBe(401);
    expect((await swap(code)).body["error"]).toBe("invalid_grant");
    expect(await mcp(body["access_token"])).toBe(401);
  });

  test.each([
    ["another verifier", { code_verifier: randomBytes(32).toString("base64url") }, "invalid_grant"],
    ["a verifier that is too short", { code_verifier: "x".repeat(42) }, "invalid_request"],
    ["another program", { client_id: "acc_000000000000" }, "invalid_grant"],
    ["another address", { redirect_uri: "https://evil.example/callback" }, "invalid_grant"],
    ["another resource", { resource: ORIGIN }, "invalid_target"],
  ])("is worth nothing with %s, and not after it either", async (_name, more, error) => {
    const code = await newCode();
    expect((await swap(code, more)).body["error"]).toBe(error);
    // What cannot even be read as an exchange uses nothing up.
    expect((await swap(code)).status).toBe(error === "invalid_request" ? 200 : 400);
  });

  test("is swapped by a form and by nothing else, each name once", async () => {
    const json = await routeFetch(`${ORIGIN}/oauth/token`, { method: "POST", body: "{}" });
    expect((await answerOf(json)).body["error"]).toBe("invalid_request");
    const twice = await routeFetch(`${ORIGIN}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams("grant_type=refresh_token&grant_type=authorization_code"),
    });
    expect((await answerOf(twice)).body["error"]).toBe("invalid_request");
    const unknown = new URLSearchParams({ grant_type: "password", client_id: client });
    const other = await routeFetch(`${ORIGIN}/oauth/token`, { method: "POST", body: unknown });
    expect((await answerOf(other)).body["error"]).toBe("unsupported_grant_type");
  });
});

describe("A13: a request to be let in", () => {
  test.each([
    ["a program that nobody knows", { client_id: "acc_000000000000" }],
    ["an address that is not registered", { redirect_uri: "https://evil.example/" }],
    ["an address with more behind it", { redirect_uri: `${BACK}/../x` }],
    ["no PKCE", { code_challenge: "" }],
    ["plain PKCE", { code_challenge_method: "plain" }],
    ["an implicit answer", { response_type: "token" }],
    ["another resource", { resource: "https://elsewhere.example/mcp" }],
  ])("with %s gets no code, and the page has nothing to follow", async (_name, more) => {
    const request = asking(more);
    expect((await consent(request)).status).toBe(400);
    jar.set("nightgate-web", ours.token);
    const { readConsent } = await import("./queries.ts");
    const { currentMember } = await import("../../server/member.ts");
    const member = await currentMember();
    jar.clear();
    const view = member && (await readConsent(member, request));
    expect(view).toHaveProperty("problem");
    expect(JSON.stringify(view)).not.toContain("evil.example");
  });

  test("shows a program's name with what it hides in it", async () => {
    jar.set("nightgate-web", ours.token);
    const { readConsent } = await import("./queries.ts");
    const { currentMember } = await import("../../server/member.ts");
    const member = await currentMember();
    jar.clear();
    const view = member && (await readConsent(member, asking()));
    expect(JSON.stringify(view)).not.toContain("\u202E");
    expect(view).toMatchObject({ to: { kind: "site", name: "assistant.example" } });
  });
});

describe("A13: registering", () => {
  test.each(["javascript:alert(1)", "http://evil.example/", "data:text/html,x"])(
    "%s is refused",
    async (uri) => {
      expect((await register({ redirect_uris: [BACK, uri] })).body["error"]).toBe("invalid_redirect_uri");
    },
  );

  test("gives no secret, and one address cannot fill the list", async () => {
    const first = await register({ redirect_uris: [BACK] });
    expect(first.body).not.toHaveProperty("client_secret");
    const statuses: number[] = [];
    for (let at = 0; at < limits.clientsPerAddressMax; at++)
      statuses.push((await register({ redirect_uris: [BACK] })).status);
    expect(statuses).toContain(201);
    expect(statuses.at(-1)).toBe(429);
  });
});
