/**
 * A stand-in for a browser vendor's push service together with the phone behind it: takes RFC 8030 requests over HTTPS,
 * checks the VAPID signature (RFC 8292) and decrypts the message (RFC 8291) as the phone would.
 */
import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import ece from "http_ece";
import type { TestCertificate } from "../certificate.ts";

export interface ReceivedPush {
  at: number;
  /** The decrypted payload. */
  message: unknown;
  ttlSeconds: number;
  topic: string | null;
  urgency: string | null;
}

export interface PushService {
  /** What the browser would hand to the gate after `pushManager.subscribe`. */
  subscription: { endpoint: string; keys: { p256dh: string; auth: string } };
  received: ReceivedPush[];
  /** Why requests were refused, for a failing test to show. */
  refused: string[];
  stop(): Promise<void>;
}

const BODY_BYTES_MAX = 8192;

/** Starts it on 127.0.0.1 with a fresh subscription. */
export async function startPushService(certificate: TestCertificate): Promise<PushService> {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  const auth = randomBytes(16);
  const received: ReceivedPush[] = [];
  const refused: string[] = [];
  const path = `/push/${randomBytes(12).toString("hex")}`;
  const server = createServer(
    { cert: certificate.certificate, key: certificate.key },
    (request, response) => {
      take(request, path, keys, auth)
        .then((push) => {
          received.push(push);
          response.writeHead(201).end();
        })
        .catch((error: unknown) => {
          refused.push(String(error));
          response.writeHead(400).end();
        });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    subscription: {
      endpoint: `https://127.0.0.1:${port}${path}`,
      keys: { p256dh: keys.getPublicKey("base64url"), auth: auth.toString("base64url") },
    },
    received,
    refused,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function take(
  request: IncomingMessage,
  path: string,
  keys: ReturnType<typeof createECDH>,
  auth: Buffer,
): Promise<ReceivedPush> {
  const at = Date.now();
  if (request.method !== "POST" || request.url !== path)
    throw new Error(`${request.method} ${request.url} is no subscription`);
  if (request.headers["content-encoding"] !== "aes128gcm") throw new Error("not aes128gcm");
  checkVapid(String(request.headers.authorization), `https://${request.headers.host}`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Error("larger than push services take");
    chunks.push(chunk);
  }
  const clear = ece.decrypt(Buffer.concat(chunks), {
    version: "aes128gcm",
    privateKey: keys,
    dh: keys.getPublicKey("base64url"),
    authSecret: auth.toString("base64url"),
  });
  const header = (name: string): string | null =>
    typeof request.headers[name] === "string" ? request.headers[name] : null;
  return {
    at,
    message: JSON.parse(clear.toString("utf8")),
    ttlSeconds: Number(header("ttl")),
    topic: header("topic"),
    urgency: header("urgency"),
  };
}

/** RFC 8292, section 2: a JWT over audience, expiry and subject, signed with ES256 by the key that travels with it. */
function checkVapid(authorization: string, audience: string): void {
  const match = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization);
  if (!match) throw new Error("no VAPID header");
  const [, head = "", claims = "", signature = "", key = ""] = match;
  const point = Buffer.from(key, "base64url");
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
  };
  const good = verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!good) throw new Error("the VAPID signature is wrong");
  const said = JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as {
    aud?: string;
    exp?: number;
    sub?: string;
  };
  if (said.aud !== audience) throw new Error(`the VAPID audience is ${said.aud}`);
  if (!said.exp || said.exp < Date.now() / 1000) throw new Error("the VAPID token has expired");
  if (!said.sub) throw new Error("the VAPID token names nobody");
}
