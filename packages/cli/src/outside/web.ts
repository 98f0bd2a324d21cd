/** HTTP to web, from any machine. Tokens travel over https, or stay on this computer. */
import { lookup as resolve } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";

export interface WebAnswer {
  status: number;
  text: string;
}

/** The origin of an address that somebody typed. Throws Problem login.failed for one that a token must not be sent to. */
export function readOrigin(typed: string): string {
  const withScheme = /^[a-z]+:\/\//i.test(typed) ? typed : `https://${typed}`;
  if (!URL.canParse(withScheme)) throw new Problem("login.failed", { why: `${typed} is not an address` });
  const url = new URL(withScheme);
  if (url.protocol === "https:" || (url.protocol === "http:" && isThisComputer(url.hostname)))
    return url.origin;
  throw new Problem("login.failed", {
    why: `${url.origin} is not https, so whoever is on the way could take the token`,
  });
}

function isThisComputer(hostname: string): boolean {
  return /^(?:.+\.)?localhost$/.test(hostname) || hostname === "127.0.0.1" || hostname === "[::1]";
}

/** Names below `localhost` are this computer (RFC 6761), which many resolvers do not know. */
const lookup: LookupFunction = (hostname, options, callback) => {
  if (!isThisComputer(hostname) || isIP(hostname) !== 0) return resolve(hostname, options, callback);
  if (options.all === true) return callback(null, [{ address: "127.0.0.1", family: 4 }]);
  return callback(null, "127.0.0.1", 4);
};

/** Posts and gives back the answer whatever its status. Redirects are not followed. Throws Problem web.away. */
export async function post(
  origin: string,
  path: string,
  body: URLSearchParams | Record<string, unknown>,
  { token, msMax = LIMITS.webAnswerMsMax }: { token?: string; msMax?: number } = {},
): Promise<WebAnswer> {
  const form = body instanceof URLSearchParams;
  const bytes = Buffer.from(form ? body.toString() : JSON.stringify(body));
  const url = new URL(path, origin);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return await new Promise((done, failed) => {
    const away = (cause: Error): void =>
      failed(new Problem("web.away", { origin, why: reason(cause) }, { cause }));
    const asked = send(
      url,
      {
        method: "POST",
        lookup,
        timeout: msMax,
        headers: {
          accept: "application/json",
          "user-agent": "nightgate-cli",
          "content-type": form ? "application/x-www-form-urlencoded" : "application/json",
          "content-length": bytes.length,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece: string) => {
          text += piece;
          if (text.length > LIMITS.answerBytesMax)
            asked.destroy(new Problem("too-large", { what: "The answer", limit: "4 MB" }));
        });
        answer.once("error", away);
        answer.once("end", () => done({ status: answer.statusCode ?? 0, text }));
      },
    );
    asked.once("timeout", () => asked.destroy());
    asked.once("error", away);
    asked.end(bytes);
  });
}

function reason(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
