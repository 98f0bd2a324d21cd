/**
 * A certificate authority of the test's own that speaks ACME (RFC 8555): it checks each request's signature, nonce and address, connects to
 * the name's TLS port as a real one does (RFC 8737), and signs with openssl(1). It is stricter than most, and knows one challenge.
 */
import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { z } from "zod";
import { makeCertificate } from "../certificate.ts";

export interface AcmeAuthority {
  directory: string;
  /** What signs: to be trusted by whoever asks the authority, and by whoever meets its certificates. */
  caFile: string;
  /** What was refused, and why. */
  refused: string[];
  issued: string[];
  /** Answers the next request with badNonce, as a busy authority does. */
  loseNonce(): void;
  stop(): Promise<void>;
}

export interface AcmeAuthorityOptions {
  folder: string;
  /** Where a name's TLS port is in this test; the real ones connect to 443. */
  portOf(name: string): number;
  /** Seconds that a certificate lasts. */
  days?: number;
}

const jwkShape = z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() });
type Jwk = z.infer<typeof jwkShape>;
const headShape = z.object({
  alg: z.literal("ES256"),
  nonce: z.string(),
  url: z.string(),
  jwk: jwkShape.optional(),
  kid: z.string().optional(),
});
const sent = z.object({ protected: z.string(), payload: z.string(), signature: z.string() });
const newOrder = z.object({
  identifiers: z.array(z.object({ type: z.literal("dns"), value: z.string() })).length(1),
});

interface Order {
  name: string;
  account: string;
  token: string;
  status: "pending" | "ready" | "valid" | "invalid";
  why: string | null;
  certificate: string | null;
}

class Refused extends Error {
  readonly type: string;
  constructor(type: string, detail: string) {
    super(detail);
    this.type = type;
  }
}

interface State {
  base: string;
  nonces: Set<string>;
  accounts: Map<string, Jwk>;
  orders: Order[];
  options: AcmeAuthorityOptions;
  issued: string[];
  loses: number;
}

export async function startAcmeAuthority(options: AcmeAuthorityOptions): Promise<AcmeAuthority> {
  const own = makeCertificate(options.folder);
  const refused: string[] = [];
  const state: State = {
    base: "",
    nonces: new Set(),
    accounts: new Map(),
    orders: [],
    options,
    issued: [],
    loses: 0,
  };
  const server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
    const nonce = randomBytes(12).toString("base64url");
    state.nonces.add(nonce);
    response.setHeader("replay-nonce", nonce);
    answer(state, request)
      .then(({ status = 200, location, body, text }) => {
        if (location !== undefined) response.setHeader("location", location);
        response.writeHead(status, {
          "content-type": text === undefined ? "application/json" : "application/pem-certificate-chain",
        });
        response.end(text ?? JSON.stringify(body ?? {}));
      })
      .catch((error: unknown) => {
        const type = error instanceof Refused ? error.type : "malformed";
        refused.push(`${request.method} ${request.url}: ${type}: ${String(error)}`);
        const body = { type: `urn:ietf:params:acme:error:${type}`, detail: String(error) };
        response.writeHead(400, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.base = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    directory: `${state.base}/directory`,
    caFile: own.caFile,
    refused,
    issued: state.issued,
    loseNonce: () => void (state.loses += 1),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Reply {
  status?: number;
  location?: string;
  body?: unknown;
  text?: string;
}

async function answer(state: State, request: IncomingMessage): Promise<Reply> {
  const { base } = state;
  const path = request.url ?? "";
  if (path === "/directory")
    return { body: { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` } };
  if (path === "/nonce") return {};
  const { payload, account } = checkSigned(state, path, await readBody(request));
  if (path === "/account") return { status: 201, location: account, body: { status: "valid" } };
  if (path === "/order") return placeOrder(state, account, payload);
  const [, what = "", id = ""] = path.split("/");
  const order = state.orders[Number(id)];
  if (order === undefined || order.account !== account) throw new Refused("unauthorized", "not your order");
  return await aboutOrder(state, { what, id, order, payload });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  if (request.method !== "POST" || request.headers["content-type"] !== "application/jose+json")
    throw new Refused("malformed", "not a signed POST");
  let text = "";
  for await (const part of request.setEncoding("utf8") as AsyncIterable<string>) text += part;
  return JSON.parse(text) as unknown;
}

/** RFC 8555, section 6: signature, nonce (once), the address that was asked, the account. */
function checkSigned(state: State, path: string, body: unknown): { payload: unknown; account: string } {
  const { protected: head, payload, signature } = sent.parse(body);
  const read = headShape.parse(JSON.parse(Buffer.from(head, "base64url").toString("utf8")));
  checkNonce(state, read.nonce);
  if (read.url !== `${state.base}${path}`) throw new Refused("unauthorized", "signed for another address");
  if ((read.jwk === undefined) !== (path !== "/account"))
    throw new Refused("malformed", "a new account sends its key, everybody else their kid");
  const jwk = read.jwk ?? state.accounts.get(read.kid ?? "");
  if (jwk === undefined) throw new Refused("accountDoesNotExist", "no such account");
  const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const;
  if (!verify("sha256", Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, "base64url")))
    throw new Refused("malformed", "the signature is wrong");
  const account = `${state.base}/accounts/${thumbprint(jwk)}`;
  state.accounts.set(account, jwk);
  const text = Buffer.from(payload, "base64url").toString("utf8");
  return { payload: text === "" ? null : (JSON.parse(text) as unknown), account };
}

/** Open, and used once. */
function checkNonce(state: State, nonce: string): void {
  const spoilt = state.loses > 0;
  state.loses -= spoilt ? 1 : 0;
  if (!state.nonces.delete(nonce) || spoilt) throw new Refused("badNonce", "this nonce is not open");
}

/** RFC 7638. */
function thumbprint({ crv, kty, x, y }: Jwk): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

function placeOrder(state: State, account: string, payload: unknown): Reply {
  const [identifier] = newOrder.parse(payload).identifiers;
  const token = randomBytes(24).toString("base64url");
  const order: Order = {
    name: identifier?.value ?? "",
    account,
    token,
    status: "pending",
    why: null,
    certificate: null,
  };
  const id = state.orders.push(order) - 1;
  return { status: 201, location: `${state.base}/orders/${id}`, body: orderBody(state, id, order) };
}

function orderBody({ base }: State, id: number | string, order: Order): unknown {
  return {
    status: order.status,
    authorizations: [`${base}/authz/${id}`],
    finalize: `${base}/finalize/${id}`,
    ...(order.certificate === null ? {} : { certificate: `${base}/cert/${id}` }),
  };
}

interface Asked {
  what: string;
  id: string;
  order: Order;
  payload: unknown;
}

async function aboutOrder(state: State, { what, id, order, payload }: Asked): Promise<Reply> {
  switch (what) {
    case "orders":
      return { body: orderBody(state, id, order) };
    case "authz":
      return { body: authorizationBody(state, id, order) };
    case "challenge":
      await challenge(state, order);
      return {
        body: {
          type: "tls-alpn-01",
          url: `${state.base}/challenge/${id}`,
          token: order.token,
          status: "processing",
        },
      };
    case "finalize":
      if (order.status !== "ready") throw new Refused("orderNotReady", "the name is not proved");
      issue(state, order, z.object({ csr: z.string() }).parse(payload).csr);
      return { body: orderBody(state, id, order) };
    case "cert":
      return { text: order.certificate ?? "" };
    default:
      throw new Refused("malformed", "no such address");
  }
}

function authorizationBody({ base }: State, id: string, order: Order): unknown {
  const proved = order.status === "ready" || order.status === "valid";
  return {
    status: proved ? "valid" : order.status,
    identifier: { type: "dns", value: order.name },
    challenges: [
      { type: "http-01", url: `${base}/challenge/${id}x`, token: "unused" },
      {
        type: "tls-alpn-01",
        url: `${base}/challenge/${id}`,
        token: order.token,
        ...(order.why === null ? {} : { error: { detail: order.why } }),
      },
    ],
  };
}

async function challenge(state: State, order: Order): Promise<void> {
  const jwk = state.accounts.get(order.account);
  const expected = `${order.token}.${jwk === undefined ? "" : thumbprint(jwk)}`;
  order.why = await proof(order.name, state.options.portOf(order.name), expected);
  order.status = order.why === null ? "ready" : "invalid";
}

/** The header of the extension id-pe-acmeIdentifier, critical, around an octet string of 32 bytes. */
const ACME_IDENTIFIER = Buffer.from("06082b0601050507011f0101ff042204" + "20", "hex");

/** Null when the port proves the name; else why not. */
async function proof(name: string, port: number, keyAuthorization: string): Promise<string | null> {
  return await new Promise((resolve) => {
    const options = { host: "127.0.0.1", port, servername: name, ALPNProtocols: ["acme-tls/1"] };
    const socket = connect({ ...options, rejectUnauthorized: false }, () => {
      const { raw } = socket.getPeerCertificate();
      const { alpnProtocol } = socket;
      socket.destroy();
      if (alpnProtocol !== "acme-tls/1") return resolve("The port does not speak acme-tls/1.");
      const certificate = new X509Certificate(raw);
      if (certificate.subjectAltName !== `DNS:${name}`)
        return resolve("The certificate is not for this name alone.");
      const at = raw.indexOf(ACME_IDENTIFIER);
      const digest = createHash("sha256").update(keyAuthorization).digest();
      const found = raw.subarray(at + ACME_IDENTIFIER.length, at + ACME_IDENTIFIER.length + digest.length);
      resolve(
        at >= 0 && found.equals(digest) ? null : "The certificate does not carry the key authorization.",
      );
    });
    socket.once("error", (error: Error) => resolve(`The port did not answer: ${error.message}.`));
  });
}

function issue({ options: { folder, days = 90 }, issued }: State, order: Order, csr: string): void {
  writeFileSync(join(folder, "order.der"), Buffer.from(csr, "base64url"));
  writeFileSync(join(folder, "order.cnf"), `subjectAltName=DNS:${order.name}\n`);
  const openssl = (...args: string[]): string =>
    execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const text = openssl("req", "-inform", "DER", "-in", "order.der", "-verify", "-noout", "-text");
  if (!text.includes(`DNS:${order.name}`)) throw new Refused("badCSR", "the request is for another name");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", String(days)];
  const named = ["-extfile", "order.cnf", "-out", "order.pem"];
  openssl("x509", "-req", "-inform", "DER", "-in", "order.der", ...signed, ...named);
  order.certificate =
    readFileSync(join(folder, "order.pem"), "utf8") + readFileSync(join(folder, "ca.pem"), "utf8");
  order.status = "valid";
  issued.push(order.name);
}
