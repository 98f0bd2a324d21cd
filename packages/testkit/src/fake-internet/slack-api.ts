/** A local server that speaks the part of Slack that an app in Socket Mode needs: chat.postMessage, chat.update, apps.connections.open and the socket. */
import { createServer, type IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";

export interface SlackMessage {
  channel: string;
  ts: string;
  text: string;
  blocks: unknown;
}

export interface SlackApi {
  url: string;
  /** The two tokens with a space between. */
  credential: string;
  posted: SlackMessage[];
  /** Envelopes that were acknowledged. */
  acknowledged: string[];
  /** Sends this over the socket as it is; waits until there is one. */
  raw(body: unknown): Promise<void>;
  /** A member writes to the app. Returns the envelope's id. */
  write(user: string, text: string, how?: Record<string, unknown>): Promise<string>;
  /** A member uses the app's own slash command. */
  command(user: string, text: string): Promise<string>;
  press(user: string, message: SlackMessage, value: string): Promise<string>;
  /** Where apps.connections.open leads, instead of here. */
  leadTo: string | null;
  /** Ends the socket, as Slack does every few hours. */
  hangUp(): void;
  connections: number;
  stop(): Promise<void>;
}

const [BOT, APP] = ["xoxb-1234567890-abcdefghij", "xapp-1-A0000000000-abcdefghij"];

export async function startSlackApi(): Promise<SlackApi> {
  let [number, port] = [0, 0];
  const sockets = new Set<WebSocket>();
  const envelope = async (body: Record<string, unknown>): Promise<string> => {
    number += 1;
    const id = `env-${number}`;
    await api.raw({ envelope_id: id, accepts_response_payload: false, ...body });
    return id;
  };
  const api: SlackApi = {
    url: "",
    credential: `${BOT} ${APP}`,
    posted: [],
    acknowledged: [],
    leadTo: null,
    connections: 0,
    raw: async (body) => {
      for (let tries = 0; sockets.size === 0 && tries < 400; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 25));
      for (const socket of sockets) socket.send(typeof body === "string" ? body : JSON.stringify(body));
    },
    write: async (user, text, how = {}) =>
      await envelope({
        type: "events_api",
        payload: {
          event_id: `Ev${number + 1}`,
          event: {
            type: "message",
            channel_type: "im",
            channel: `D${user}`,
            user,
            text,
            ts: `17.${number}`,
            ...how,
          },
        },
      }),
    command: async (user, text) =>
      await envelope({
        type: "slash_commands",
        payload: { command: "/nightgate", user_id: user, channel_id: "C1", channel_name: "general", text },
      }),
    press: async (user, { channel, ts }, value) =>
      await envelope({
        type: "interactive",
        payload: {
          type: "block_actions",
          user: { id: user },
          channel: { id: channel },
          message: { ts },
          actions: [{ action_id: "nightgate-0", value }],
        },
      }),
    hangUp: () => {
      for (const socket of sockets)
        socket.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested" }));
    },
    stop: async () => {
      for (const socket of sockets) socket.terminate();
      listening.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const answer = (method: string, token: string, body: Record<string, unknown>): object => {
    if (method === "apps.connections.open") {
      if (token !== APP) return { ok: false, error: "invalid_auth" };
      return { ok: true, url: api.leadTo ?? `ws://127.0.0.1:${port}/link/?ticket=1` };
    }
    if (token !== BOT) return { ok: false, error: "invalid_auth" };
    if (method === "chat.postMessage") {
      number += 1;
      const to = String(body["channel"]);
      const channel = to.startsWith("U") ? `D${to}` : to;
      const message = { channel, ts: `18.${number}`, text: String(body["text"]), blocks: body["blocks"] };
      api.posted.push(message);
      return { ok: true, channel, ts: message.ts };
    }
    if (method === "chat.update") {
      const found = api.posted.find(({ ts }) => ts === body["ts"]);
      if (found === undefined) return { ok: false, error: "message_not_found" };
      Object.assign(found, { text: String(body["text"]), blocks: body["blocks"] });
      return { ok: true, channel: found.channel, ts: found.ts };
    }
    return { ok: false, error: "unknown_method" };
  };
  const server = createServer((request, response) => {
    void (async () => {
      const method = (request.url ?? "").replace(/^\/api\//, "");
      const token = String(request.headers.authorization).replace(/^Bearer /, "");
      const said = answer(method, token, await json(request));
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(said));
    })();
  });
  const listening = new WebSocketServer({ server, path: "/link/" });
  listening.on("connection", (socket) => {
    api.connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("message", (data: Buffer) => {
      const read = JSON.parse(data.toString()) as { envelope_id?: string };
      if (read.envelope_id !== undefined) api.acknowledged.push(read.envelope_id);
    });
    socket.send(JSON.stringify({ type: "hello" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address ? address.port : 0;
  api.url = `http://127.0.0.1:${port}/api`;
  return api;
}

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
