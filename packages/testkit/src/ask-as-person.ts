/** Requests with a person's cookies to the product's own names. Node does not resolve *.localhost, so 127.0.0.1 is called with the right Host. */
import { type IncomingMessage, request } from "node:http";
import type { BrowserContext } from "@playwright/test";

const ASK_MS_MAX = 15_000;

export interface Ask {
  method?: "GET" | "POST";
  /** Sent as JSON. */
  data?: unknown;
  headers?: Record<string, string>;
}

/** Opens the answer's stream. `url` is one of the product's, at its own origin. */
export async function openAsPerson(
  context: BrowserContext,
  url: string,
  ask: Ask = {},
): Promise<IncomingMessage> {
  const { port, host, origin, pathname, search } = new URL(url);
  const cookie = (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join("; ");
  const headers = {
    host,
    cookie,
    ...(ask.data === undefined ? {} : { origin, "content-type": "application/json" }),
    ...ask.headers,
  };
  return await new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        path: pathname + search,
        method: ask.method ?? "GET",
        headers,
        timeout: ASK_MS_MAX,
      },
      resolve,
    );
    sent.once("error", reject);
    sent.end(ask.data === undefined ? undefined : JSON.stringify(ask.data));
  });
}

/** The whole answer: its status and what its JSON says (null where it is none). */
export async function askAsPerson(
  context: BrowserContext,
  url: string,
  ask: Ask = {},
): Promise<{ status: number; body: unknown }> {
  const answer = await openAsPerson(context, url, ask);
  let text = "";
  for await (const part of answer.setEncoding("utf8") as AsyncIterable<string>) text += part;
  const isJson = /\bjson\b/.test(answer.headers["content-type"] ?? "");
  return { status: answer.statusCode ?? 0, body: isJson ? (JSON.parse(text) as unknown) : null };
}
