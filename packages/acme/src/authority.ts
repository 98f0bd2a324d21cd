/** Signed requests to a certificate authority (RFC 8555, section 6): one account key, a fresh nonce for each, JSON in and out. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, FlattenedSign } from "jose";
import { z } from "zod";
import { ACME_LIMITS } from "./limits.ts";

/** What the authority said was wrong, as a sentence. Never a key. */
export class AcmeRefused extends Error {}

export interface AcmeAnswer {
  body: unknown;
  text: string;
  location: string | null;
}

export interface Authority {
  urls: { newAccount: string; newOrder: string };
  /** Null payload: POST-as-GET. `by` is the account's URL; without it the key itself is sent. */
  post(url: string, payload: object | null, by: string | null): Promise<AcmeAnswer>;
  /** RFC 8555, section 8.1. */
  keyAuthorization(token: string): Promise<string>;
}

const https = z.url({ protocol: /^https$/ });
const directory = z.object({ newNonce: https, newAccount: https, newOrder: https });
const problem = z.object({ type: z.string().optional(), detail: z.string().optional() });

/** Reads the directory. Rejects with AcmeRefused where it cannot be used. */
export async function openAuthority(
  url: string,
  account: KeyObject,
  signal: AbortSignal,
): Promise<Authority> {
  const found = directory.safeParse(parsed((await ask(url, {}, signal)).text));
  if (!found.success) throw new AcmeRefused(`${url} is no ACME directory.`);
  const { newNonce, newAccount, newOrder } = found.data;
  const jwk = await exportJWK(createPublicKey(account));
  let nonce: string | null = null;
  const send = async (
    to: string,
    payload: object | null,
    by: string | null,
  ): Promise<Response & { text_: string }> => {
    const used =
      nonce ?? (await ask(newNonce, { method: "HEAD" }, signal)).response.headers.get("replay-nonce") ?? "";
    const bytes = new TextEncoder().encode(payload === null ? "" : JSON.stringify(payload));
    const header = { alg: "ES256", nonce: used, url: to, ...(by === null ? { jwk } : { kid: by }) };
    const body = JSON.stringify(await new FlattenedSign(bytes).setProtectedHeader(header).sign(account));
    const headers = { "content-type": "application/jose+json" };
    const { response, text } = await ask(to, { method: "POST", headers, body }, signal);
    nonce = response.headers.get("replay-nonce");
    return Object.assign(response, { text_: text });
  };
  return {
    urls: { newAccount, newOrder },
    post: async (to, payload, by) => {
      let response = await send(to, payload, by);
      // RFC 8555, section 6.5: a nonce may go stale; the refusal brings a fresh one.
      if (said(response.text_).type?.endsWith(":badNonce") === true) response = await send(to, payload, by);
      if (!response.ok) throw new AcmeRefused(refusal(to, response.status, response.text_));
      return {
        body: parsed(response.text_),
        text: response.text_,
        location: response.headers.get("location"),
      };
    },
    keyAuthorization: async (token) => `${token}.${await calculateJwkThumbprint(jwk)}`,
  };
}

async function ask(
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<{ response: Response; text: string }> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ACME_LIMITS.requestMsMax)]);
  try {
    const response = await fetch(https.parse(url), { ...init, redirect: "error", signal: limit });
    return { response, text: await readText(response) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AcmeRefused) throw error;
    throw new AcmeRefused(`${new URL(url).host} cannot be reached (${reason(error)}).`, { cause: error });
  }
}

async function readText(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > ACME_LIMITS.answerBytesMax) throw new AcmeRefused("The authority's answer has no end.");
  }
  return text;
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : String(cause);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null; // A certificate is PEM, and a proxy's error is a page.
  }
}

function said(text: string): z.infer<typeof problem> {
  return problem.safeParse(parsed(text)).data ?? {};
}

function refusal(url: string, status: number, text: string): string {
  const { detail = "", type = "" } = said(text);
  const words = `${detail} ${type.split(":").at(-1) ?? ""}`
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 300);
  return `${new URL(url).host} answered ${status}${words === "" ? "" : `: ${words}`}.`;
}
