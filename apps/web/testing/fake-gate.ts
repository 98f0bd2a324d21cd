/** The two addresses of the gate that web calls, over real HTTP with real signatures; what the token says and how it is signed is the test's to choose. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { SIGN_IN_AUDIENCE, SIGN_IN_ISSUER, tokenRequest } from "@nightgate/shared/sign-in-token";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";

export interface FakeGate {
  port: number;
  /** What web asked for last. */
  asked: { host: string | undefined; code: string; verifier: string }[];
  /** The next token; by default a good one for `claims`. */
  answer: {
    claims: Record<string, unknown>;
    issuer?: string;
    audience?: string;
    ageSeconds?: number;
    otherKey?: boolean;
    status?: number;
  };
  close(): Promise<void>;
}

const LIFE_SECONDS = 60;

export async function startFakeGate(): Promise<FakeGate> {
  const own = await generateKeyPair("Ed25519");
  const other = await generateKeyPair("Ed25519");
  const jwk = { ...(await exportJWK(own.publicKey)), kid: "k1", alg: "EdDSA", use: "sig" };
  const gate: FakeGate = {
    port: 0,
    asked: [],
    answer: { claims: {} },
    close: async () => await Promise.resolve(),
  };
  const server = createServer((request, response) => {
    void handle(request).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
  });
  const handle = async (request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    if (request.url === "/api/keys") return { status: 200, body: { keys: [jwk] } };
    let text = "";
    for await (const part of request.setEncoding("utf8") as AsyncIterable<string>) text += part;
    const asked = tokenRequest.parse(JSON.parse(text));
    gate.asked.push({ host: request.headers.host, ...asked });
    if (gate.answer.status !== undefined) return { status: gate.answer.status, body: { title: "refused" } };
    return {
      status: 200,
      body: {
        token: await signed(gate.answer, gate.answer.otherKey === true ? other.privateKey : own.privateKey),
      },
    };
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  gate.port = (server.address() as AddressInfo).port;
  gate.close = async () => await new Promise<void>((resolve) => server.close(() => resolve()));
  return gate;
}

async function signed(answer: FakeGate["answer"], key: CryptoKey): Promise<string> {
  const at = Math.floor(Date.now() / 1000) - (answer.ageSeconds ?? 0);
  return await new SignJWT(answer.claims)
    .setProtectedHeader({ alg: "EdDSA", kid: "k1" })
    .setIssuer(answer.issuer ?? SIGN_IN_ISSUER)
    .setAudience(answer.audience ?? SIGN_IN_AUDIENCE)
    .setIssuedAt(at)
    .setExpirationTime(at + LIFE_SECONDS)
    .sign(key);
}
