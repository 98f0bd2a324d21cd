import { createHash } from "node:crypto";
/** Signing in through the routes, over real HTTP to a gate whose answers the test chooses, and over a real database. */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type FakeGate, startFakeGate } from "../../testing/fake-gate.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));

let web: TestWeb;
let gate: FakeGate;
const person = newId("person");
const organization = newId("organization");
const CLAIMS = { person, name: "Ada", organizations: [{ id: organization, name: "Acme", role: "owner" }] };
const CODE = "c".repeat(43);

beforeAll(async () => {
  gate = await startFakeGate();
  web = await openTestWeb(inject("postgres"), jar);
  process.env["NIGHTGATE_GATE_PORT"] = String(gate.port);
});
afterAll(async () => {
  await web.close();
  await gate.close();
});
beforeEach(() => {
  jar.clear();
  gate.asked = [];
  gate.answer = { claims: CLAIMS };
});

async function start(query = ""): Promise<URL> {
  const { GET } = await import("../../app/auth/start/route.ts");
  const answer = await GET(new Request(`http://web.localhost:4600/auth/start${query}`));
  return new URL(answer.headers.get("location") ?? "");
}

async function comeBack(state: string): Promise<string> {
  const { GET } = await import("../../app/auth/callback/route.ts");
  const answer = await GET(
    new Request(`http://web.localhost:4600/auth/callback?state=${state}&code=${CODE}`),
  );
  expect(answer.status).toBe(303);
  return new URL(answer.headers.get("location") ?? "").href.replace("http://web.localhost:4600", "");
}

async function member(): Promise<unknown> {
  const { currentMember } = await import("../../server/member.ts");
  return await currentMember();
}

describe("signing in", () => {
  test("leads through the gate to where somebody wanted to go, with a session of web's own", async () => {
    const away = await start("?return=/jobs");
    expect(away.origin + away.pathname).toBe("http://gate.localhost:4601/sign-in");
    expect(await comeBack(away.searchParams.get("state") ?? "")).toBe("/jobs");
    const asked = gate.asked[0];
    expect(asked?.host).toBe("gate.localhost:4601");
    expect(
      createHash("sha256")
        .update(asked?.verifier ?? "")
        .digest("base64url"),
    ).toBe(away.searchParams.get("challenge"));
    expect(await member()).toEqual({
      person,
      personName: "Ada",
      organization,
      organizationName: "Acme",
      role: "owner",
    });
  });

  test("again finds the same organization, with the person's name of now; the role stays as web has it", async () => {
    gate.answer = {
      claims: {
        ...CLAIMS,
        name: "Ada L.",
        organizations: [{ id: organization, name: "Acme Ltd", role: "admin" }],
      },
    };
    const away = await start();
    expect(await comeBack(away.searchParams.get("state") ?? "")).toBe("/");
    expect(await member()).toMatchObject({
      personName: "Ada L.",
      organizationName: "Acme Ltd",
      role: "owner",
    });
  });

  test("after a removal there is no member; let in again, the person has the role of then", async () => {
    const first = await start();
    await comeBack(first.searchParams.get("state") ?? "");
    const { inOrganization } = await import("../../server/database.ts");
    await inOrganization(
      organization,
      async (tx) =>
        await tx.controlMembers.updateMany({ where: { personId: person }, data: { removedAt: new Date() } }),
    );
    expect(await member()).toBeNull();
    gate.answer = {
      claims: { ...CLAIMS, organizations: [{ id: organization, name: "Acme", role: "viewer" }] },
    };
    const again = await start();
    await comeBack(again.searchParams.get("state") ?? "");
    expect(await member()).toMatchObject({ role: "viewer" });
  });

  test("ends with signing out, and the token is worth nothing afterwards", async () => {
    const away = await start();
    await comeBack(away.searchParams.get("state") ?? "");
    const token = jar.get("nightgate-web") ?? "";
    const { POST } = await import("../../app/api/sign-out/route.ts");
    expect((await POST()).status).toBe(200);
    expect(jar.has("nightgate-web")).toBe(false);
    jar.set("nightgate-web", token);
    expect(await member()).toBeNull();
  });

  test("keeps only the digest of the session's token", async () => {
    const away = await start();
    await comeBack(away.searchParams.get("state") ?? "");
    const { inNobody } = await import("../../server/database.ts");
    const rows = await inNobody(async (tx) => await tx.controlSessions.findMany());
    expect(JSON.stringify(rows)).not.toContain(jar.get("nightgate-web"));
    expect(rows.map((row) => row.tokenDigest)).toContain(
      createHash("sha256")
        .update(jar.get("nightgate-web") ?? "")
        .digest("hex"),
    );
  });
});

describe("nobody is signed in", () => {
  const refused = "/?problem=sign-in.failed";

  test("by another attempt's answer, or without an attempt, or twice with one", async () => {
    await start();
    expect(await comeBack("s".repeat(32))).toBe(refused);
    const away = await start();
    const state = away.searchParams.get("state") ?? "";
    expect(await comeBack(state)).toBe("/");
    jar.delete("nightgate-web");
    expect(await comeBack(state)).toBe(refused);
    expect(await member()).toBeNull();
  });

  test.each([
    ["another issuer's", { issuer: "somebody-else" }],
    ["another audience's", { audience: "nightgate-cli" }],
    ["an old", { ageSeconds: 3_600 }],
    ["another key's", { otherKey: true }],
    ["no", { status: 403 }],
    ["an organization-less", { claims: { ...CLAIMS, organizations: [] } }],
    ["a malformed", { claims: { person: "root", name: "x", organizations: [] } }],
  ] as const)("by %s token", async (_name, answer) => {
    gate.answer = { claims: CLAIMS, ...structuredClone(answer) };
    const away = await start();
    expect(await comeBack(away.searchParams.get("state") ?? "")).toBe(refused);
    expect(jar.has("nightgate-web")).toBe(false);
  });
});
