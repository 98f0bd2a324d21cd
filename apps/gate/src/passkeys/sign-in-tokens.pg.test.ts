import { createHash, randomBytes } from "node:crypto";
import { SIGN_IN_AUDIENCE, SIGN_IN_ISSUER, signInClaims } from "@nightgate/shared/sign-in-token";
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { LIMITS } from "../core/limits.ts";
import { enrol, type Founder, openTestGate, type TestGate } from "../testing/test-core.ts";

let gate: TestGate;
let ada: Founder;
beforeAll(async () => {
  gate = await openTestGate(inject("postgres"));
  ada = await enrol(gate);
});
afterAll(async () => await gate.close());

const verifier = randomBytes(32).toString("base64url");
const challenge = createHash("sha256").update(verifier).digest("base64url");
const issue = async (): Promise<string> => await gate.core.signInCodes.issue(ada.person, challenge);

test("web swaps the code for a token that the gate's published key verifies", async () => {
  const { token } = await gate.core.signInCodes.redeem(await issue(), verifier);
  const keys = createLocalJWKSet(
    (await gate.core.signInCodes.jwks()) as unknown as Parameters<typeof createLocalJWKSet>[0],
  );
  const { payload } = await jwtVerify(token, keys, {
    issuer: SIGN_IN_ISSUER,
    audience: SIGN_IN_AUDIENCE,
    algorithms: ["EdDSA"],
  });
  expect(signInClaims.parse(payload)).toEqual({
    person: ada.person,
    name: "Ada",
    organizations: [{ id: ada.organization, name: "Ada's", role: "owner" }],
  });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(LIMITS.signInTokenSeconds);
  expect(JSON.stringify(await gate.core.signInCodes.jwks())).not.toContain('"d"');
});

test("a code is swapped once, in time, and by whoever asked for it", async () => {
  const used = await issue();
  await gate.core.signInCodes.redeem(used, verifier);
  await expect(gate.core.signInCodes.redeem(used, verifier)).rejects.toMatchObject({
    code: "challenge.unusable",
  });
  await expect(gate.core.signInCodes.redeem(await issue(), `${verifier}x`)).rejects.toMatchObject({
    code: "challenge.unusable",
  });
  const late = await issue();
  gate.clock.advance(LIMITS.signInCodeMs);
  await expect(gate.core.signInCodes.redeem(late, verifier)).rejects.toMatchObject({
    code: "challenge.unusable",
  });
  gate.clock.advance(-LIMITS.signInCodeMs);
  await expect(gate.core.signInCodes.redeem("unknown", verifier)).rejects.toMatchObject({
    code: "challenge.unusable",
  });
  await expect(gate.core.signInCodes.issue(ada.person, "plain")).rejects.toMatchObject({
    code: "input.invalid",
  });
});

test("a code that was guessed at with a wrong verifier is used up", async () => {
  const code = await issue();
  await expect(gate.core.signInCodes.redeem(code, "wrong")).rejects.toMatchObject({
    code: "challenge.unusable",
  });
  await expect(gate.core.signInCodes.redeem(code, verifier)).rejects.toMatchObject({
    code: "challenge.unusable",
  });
});

test("the code and the session's token are kept as digests only", async () => {
  const code = await issue();
  const { rows } = await gate.forge(
    ada.organization,
    "SELECT (SELECT json_agg(c) FROM gate.sign_in_codes c)::text AS codes, (SELECT json_agg(s) FROM gate.sessions s)::text AS sessions",
  );
  expect(JSON.stringify(rows)).not.toContain(code);
});
