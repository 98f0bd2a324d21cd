import { auth, type OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
/** A real MCP client, with its own OAuth: it finds out where to ask, registers, sends its person to the page, swaps the code and calls a tool. */
import type {} from "@nightgate/db/testing-setup";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { routeFetch } from "../../testing/route-fetch.ts";
import { seed } from "../../testing/seed.ts";
import type { Seeded } from "../../testing/seeded.ts";
import { openStandInRunner, type StandInRunner } from "../../testing/stand-in-runner.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));

const ORIGIN = "http://web.localhost:4600";
const MCP = new URL(`${ORIGIN}/mcp`);
const BACK = "http://127.0.0.1:33418/callback";

let web: TestWeb;
let ours: Seeded;
let runner: StandInRunner;

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  ours = await seed(web.database.urls, "full", 5);
  runner = openStandInRunner(web.database.urls.runner);
});
afterAll(async () => {
  await runner.close();
  await web.close();
});

/** What a client keeps, and the browser that it opens: a person who looks at the page and says `decision`. */
function provider(
  decision: "act" | "read" | "refuse",
): OAuthClientProvider & { answer: URL | null; kept: OAuthTokens | undefined } {
  let client: OAuthClientInformationMixed | undefined;
  let verifier = "";
  const self: OAuthClientProvider & { answer: URL | null; kept: OAuthTokens | undefined } = {
    answer: null,
    kept: undefined,
    redirectUrl: BACK,
    clientMetadata: {
      client_name: "An assistant",
      redirect_uris: [BACK],
      token_endpoint_auth_method: "none",
    },
    state: () => "state-of-the-client",
    clientInformation: () => client,
    saveClientInformation: (made) => void (client = made),
    tokens: () => self.kept,
    saveTokens: (tokens) => void (self.kept = tokens),
    saveCodeVerifier: (made) => void (verifier = made),
    codeVerifier: () => verifier,
    redirectToAuthorization: async (url) => {
      self.answer = await browse(url, decision);
    },
  };
  return self;
}

/** The person's browser: signed in, on the page that the client has opened. */
async function browse(url: URL, decision: "act" | "read" | "refuse"): Promise<URL> {
  expect(url.origin + url.pathname).toBe(`${ORIGIN}/oauth/authorize`);
  jar.set("nightgate-web", ours.token);
  const { readConsent } = await import("./queries.ts");
  const { currentMember } = await import("../../server/member.ts");
  const member = await currentMember();
  if (!member) throw new Error("nobody is signed in");
  const view = await readConsent(member, Object.fromEntries(url.searchParams));
  if ("problem" in view) throw new Error(view.problem);
  expect(view).toMatchObject({
    client: "An assistant",
    scope: "act",
    to: { kind: "this-computer", name: "127.0.0.1:33418" },
  });
  const answer = await routeFetch(`${ORIGIN}/api/access/consent`, {
    method: "POST",
    headers: { origin: ORIGIN },
    body: JSON.stringify({ request: view.request, decision, organization: ours.organization }),
  });
  jar.clear();
  expect(answer.status).toBe(200);
  return new URL(((await answer.json()) as { location: string }).location);
}

async function connected(
  decision: "act" | "read",
): Promise<{ client: Client; kept: OAuthTokens | undefined }> {
  const authProvider = provider(decision);
  expect(await auth(authProvider, { serverUrl: MCP, fetchFn: routeFetch })).toBe("REDIRECT");
  const answer = authProvider.answer?.searchParams;
  expect(answer?.get("state")).toBe("state-of-the-client");
  expect(answer?.get("iss")).toBe(ORIGIN);
  const code = answer?.get("code") ?? "";
  expect(await auth(authProvider, { serverUrl: MCP, authorizationCode: code, fetchFn: routeFetch })).toBe(
    "AUTHORIZED",
  );
  const client = new Client({ name: "an-assistant", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(MCP, { authProvider, fetch: routeFetch }) as never);
  return { client, kept: authProvider.kept };
}

test("a client that is let in has the verbs of people, and what it calls is done in its person's name", async () => {
  const { client } = await connected("act");
  const { tools } = await client.listTools();
  const names = tools.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["whoami", "job_list"]));
  // Invariant 4: nothing that decides is among them.
  expect(names.filter((name) => /approve|reject|decide|secret|policy|grant/.test(name))).toEqual([]);
  const asking = client.callTool({ name: "job_list", arguments: { limit: 3 } });
  await expect
    .poll(async () => await runner.answer(ours.organization, { ok: true, result: { jobs: [] } }))
    .toEqual(["job_list"]);
  expect(await asking).toMatchObject({ structuredContent: { jobs: [] } });
  const wrong = await client.callTool({ name: "job_list", arguments: { limit: "many" } });
  expect(wrong).toMatchObject({ isError: true });
  await client.close();
});

test("one that may only look is not offered what acts", async () => {
  const { client, kept } = await connected("read");
  expect(kept?.scope).toBe("read");
  const { tools } = await client.listTools();
  expect(tools.length).toBeGreaterThan(0);
  expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);
  await client.close();
});

test("a client that is refused hears it, and gets nothing", async () => {
  const authProvider = provider("refuse");
  await auth(authProvider, { serverUrl: MCP, fetchFn: routeFetch });
  expect(authProvider.answer?.searchParams.get("error")).toBe("access_denied");
  expect(authProvider.answer?.searchParams.has("code")).toBe(false);
});
