/**
 * Tries an https name as a stranger's device would: does it resolve, does somebody answer, does TLS verify, and is it we who answer. What is
 * wrong is said as one sentence with what to do about it.
 */
import { lookup as systemLookup } from "node:dns";
import { request } from "node:https";
import type { LookupFunction } from "node:net";

export const NAME_CHECK_LIMITS = {
  /** From the first look-up to the last byte of the answer. */
  answerMsMax: 8_000,
  answerBytesMax: 64 * 1024,
} as const;

export interface NameToCheck {
  /** For example https://gate.example.com. */
  origin: string;
  /** "The gate" or "Nightgate", as it begins a sentence. */
  what: string;
  /** Asked with GET; its JSON tells whether it is we. */
  path: string;
  isOurs(body: unknown): boolean;
}

export interface NameFound {
  origin: string;
  /** Null when all is well. */
  wrong: string | null;
}

/** For tests: another resolver, and authorities to trust besides the system's. */
export interface NameCheckTools {
  lookup?: LookupFunction;
  ca?: string;
}

interface Answer {
  status: number;
  framing: boolean;
  text: string;
}

/** Never rejects: what goes wrong is the result. */
export async function checkName(name: NameToCheck, tools: NameCheckTools = {}): Promise<NameFound> {
  const url = new URL(name.path, name.origin);
  try {
    const answer = await ask(url, tools);
    return { origin: name.origin, wrong: judge(name, url, answer) };
  } catch (error) {
    return { origin: name.origin, wrong: wordsOf(url, error) };
  }
}

async function ask(url: URL, { lookup, ca }: NameCheckTools): Promise<Answer> {
  const signal = AbortSignal.timeout(NAME_CHECK_LIMITS.answerMsMax);
  return await new Promise((resolve, reject) => {
    const options = {
      agent: false,
      signal,
      lookup: lookup ?? systemLookup,
      ...(ca === undefined ? {} : { ca }),
    };
    const call = request(url, { ...options, headers: { accept: "application/json" } }, (response) => {
      const { headers, statusCode: status = 0 } = response;
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        if (text.length < NAME_CHECK_LIMITS.answerBytesMax) text += part;
      });
      response.once("error", reject);
      response.once("end", () => {
        const policy = String(headers["content-security-policy"] ?? "");
        resolve({ status, text, framing: !policy.includes("frame-ancestors 'none'") });
      });
    });
    call.once("error", reject);
    call.end();
  });
}

function judge({ what, isOurs }: NameToCheck, { hostname, host }: URL, answer: Answer): string | null {
  if (answer.status === 421)
    return `${what} answers at ${hostname}, and was asked for another name: let the proxy in front pass the Host header on as it is (${host}).`;
  if (answer.status >= 300 && answer.status < 400)
    return `${hostname} leads somewhere else (it answered ${answer.status}). The name must lead to Nightgate itself.`;
  if (!isOurs(parsed(answer.text)))
    return `Something answers at ${hostname}, and it is not this installation (it answered ${answer.status}). Look at where the name's address and port lead.`;
  if (answer.framing)
    return `A proxy in front of ${hostname} takes the Content-Security-Policy header away, so that other sites could frame the page. Let it pass headers on as they are.`;
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null; // A page of somebody else's: judged as not ours.
  }
}

type Words = (place: { hostname: string; at: string; code: string }) => string;

const UNRESOLVED: Words = ({ hostname }) =>
  `${hostname} does not resolve. Make a DNS record that leads to this host.`;
const UNTRUSTED: Words = ({ hostname, code }) =>
  `The certificate at ${hostname} is not trusted here (${code}). Let it be issued by a public authority with its whole chain, or make every device, and this host, trust yours.`;
const SILENT: Words = ({ at }) =>
  `Nobody answers at ${at}. Look at the address of the name and at the firewall.`;
const NO_TLS: Words = ({ at }) => `What answers at ${at} speaks no TLS.`;

const WORDS: Record<string, Words> = {
  ENOTFOUND: UNRESOLVED,
  EAI_AGAIN: UNRESOLVED,
  ECONNREFUSED: ({ at }) => `Nobody listens at ${at}.`,
  EHOSTUNREACH: SILENT,
  ENETUNREACH: SILENT,
  ETIMEDOUT: SILENT,
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ hostname }) =>
    `The certificate at ${hostname} is for another name. Get one for ${hostname}.`,
  CERT_HAS_EXPIRED: ({ hostname }) => `The certificate at ${hostname} has ended. Renew it.`,
  CERT_NOT_YET_VALID: ({ hostname }) =>
    `The certificate at ${hostname} is not valid yet. Is this host's clock right?`,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};

function wordsOf({ hostname, port }: URL, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const at = `${hostname}, port ${port === "" ? "443" : port}`;
  const words = isTimeout(error) ? SILENT : WORDS[code];
  return (
    words?.({ hostname, at, code }) ?? `${at} cannot be reached (${code === "" ? String(error) : code}).`
  );
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
}
