/** A local server that keeps what is posted to it, as a receiver of webhooks and as Discord's webhook API (post, and change by PATCH). */
import { createServer } from "node:http";

export interface PostedHook {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface WebhookReceiver {
  url: string;
  posted: PostedHook[];
  /** Statuses of the next answers, then 200; null takes the request and cuts the connection. */
  next: (number | null)[];
  stop(): Promise<void>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const receiver: WebhookReceiver = {
    url: "",
    posted: [],
    next: [],
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      receiver.posted.push({ method: request.method ?? "", path: request.url ?? "", headers, body });
      const status = receiver.next.length === 0 ? 200 : receiver.next.shift();
      if (status === null || status === undefined) return response.destroy();
      response.writeHead(status, { "content-type": "application/json" });
      return response.end(JSON.stringify({ id: `m${receiver.posted.length}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  receiver.url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  return receiver;
}
