/**
 * OAuth 2.1's authorization code with PKCE, for MCP clients: a program asks in the person's browser, the person says yes, the program swaps the
 * code for tokens. The person is never sent anywhere by a request alone: the way back opens with their decision.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { systemClock } from "@nightgate/shared/clock";
import { limits } from "../../limits.ts";
import type { Scope } from "../../server/access-token.ts";
import { addresses } from "../../server/addresses.ts";
import { inNobody, inOrganization } from "../../server/database.ts";
import type { Member } from "../../server/member.ts";
import { type Client, COMMAND_LINE, findClient } from "./clients.ts";
import { pollDeviceLogin } from "./device-logins.ts";
import { exchange, makeToken, openGrant, type Taken, type TokenAnswer } from "./grants.ts";
import { refuse } from "./oauth-refusal.ts";
import { isRegistered } from "./redirect-uris.ts";
import { type AuthorizationRequest, readScope, resources, type TokenForm } from "./schema.ts";

/** A program that asks, as it was checked. */
export interface Asked {
  client: Client;
  redirectUri: string;
  scope: Scope;
}

/** Who asks, for what, and where the answer goes. Throws OAuth's refusals; none of them leads anywhere else than to a page of ours. */
export async function checkAuthorization(request: AuthorizationRequest): Promise<Asked> {
  const client = await findClient(request.client_id);
  if (!client)
    throw refuse(
      "invalid_client",
      "the program has not registered here, or that was forgotten; let it register anew",
    );
  const redirectUri = request.redirect_uri ?? onlyOf(client);
  if (!isRegistered(redirectUri, client.redirectUris))
    throw refuse("invalid_request", "the answer would go to an address that the program has not registered");
  if (request.resource !== undefined && request.resource !== resources().mcp)
    throw refuse("invalid_target", `access is given to ${resources().mcp} and to nothing else`);
  return { client, redirectUri, scope: readScope(request.scope) };
}

function onlyOf({ redirectUris: [first, ...more] }: Client): string {
  if (first === undefined || more.length > 0)
    throw refuse("invalid_request", "the program does not say to which of its addresses the answer goes");
  return first;
}

/** The person has decided: where their browser goes next (RFC 6749 section 4.1.2, RFC 9207). */
export async function decideAuthorization(
  member: Member,
  request: AuthorizationRequest,
  decision: Scope | "refuse",
  address: string,
): Promise<string> {
  const { client, redirectUri, scope: asked } = await checkAuthorization(request);
  if (decision === "refuse") return answerAt(redirectUri, request, { error: "access_denied" });
  const scope: Scope = asked === "read" || decision === "read" ? "read" : "act";
  const { organization, person } = member;
  const code = await inOrganization(organization, async (tx) => {
    const granting = {
      organization,
      person,
      client: client.id,
      clientName: client.name,
      machine: "",
      address,
      resource: resources().mcp,
      scope,
    };
    // Nothing is listed as let in until the code was swapped.
    const id = await openGrant(tx, granting, limits.authorizationCodeMs);
    const bound = { redirectUri, challenge: request.code_challenge };
    return await makeToken(tx, { organization, id }, "code", {
      lastsMs: limits.authorizationCodeMs,
      ...bound,
    });
  });
  await inNobody(
    async (tx) =>
      await tx.controlAccessClients.updateMany({
        where: { id: client.id },
        data: { usedAt: new Date(systemClock.now()) },
      }),
  );
  return answerAt(redirectUri, request, { code });
}

function answerAt(
  redirectUri: string,
  request: AuthorizationRequest,
  answer: Record<string, string>,
): string {
  const url = new URL(redirectUri);
  const all = { ...answer, ...(request.state === undefined ? {} : { state: request.state }) };
  for (const [name, value] of Object.entries({ ...all, iss: addresses().webOrigin }))
    url.searchParams.set(name, value);
  return url.href;
}

/** Answers the token endpoint. */
export async function answerToken(form: TokenForm): Promise<TokenAnswer> {
  switch (form.grant_type) {
    case "authorization_code":
      return await exchange("code", form.code, (taken) => checkCode(taken, form));
    case "refresh_token":
      return await exchange("refresh", form.refresh_token, (taken) => {
        checkWhose(taken, form);
      });
    default:
      if (form.client_id !== COMMAND_LINE) throw refuse("invalid_client", "this flow is the command line's");
      return await pollDeviceLogin(form.device_code, resources().verbs);
  }
}

function checkCode(taken: Taken, form: Extract<TokenForm, { grant_type: "authorization_code" }>): void {
  checkWhose(taken, form);
  if (form.redirect_uri !== undefined && form.redirect_uri !== taken.redirectUri)
    throw refuse("invalid_grant", "the address is not the one that the code was sent to");
  const challenge = createHash("sha256").update(form.code_verifier).digest();
  const kept = Buffer.from(taken.challenge ?? "", "base64url");
  if (kept.length !== challenge.length || !timingSafeEqual(kept, challenge))
    throw refuse("invalid_grant", "the code was asked for by somebody else");
}

function checkWhose(taken: Taken, form: { client_id: string; resource?: string | undefined }): void {
  if (taken.client !== form.client_id) throw refuse("invalid_grant", "it belongs to another program");
  if (form.resource !== undefined && form.resource !== taken.resource)
    throw refuse("invalid_target", `access was given to ${taken.resource} and to nothing else`);
}
