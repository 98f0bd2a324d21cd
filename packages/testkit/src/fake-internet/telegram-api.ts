/** A local server that speaks the part of Telegram's Bot API that a bot by long polling needs, with the people who write to it. */
import { createServer, type IncomingMessage } from "node:http";

export interface BotMessage {
  chat: number;
  id: number;
  text: string;
  /** Each text that it had, oldest first. */
  texts: string[];
  buttons: { text: string; data: string }[];
  silent: boolean;
}

export interface TelegramApi {
  url: string;
  token: string;
  /** What the bot has sent, in order. */
  sent: BotMessage[];
  /** Methods that were called, with their bodies. */
  calls: { method: string; body: Record<string, unknown> }[];
  /** Somebody writes to the bot in a private chat, or in a group. Returns the update's number. */
  write(from: number, text: string, how?: { replyTo?: number; group?: boolean; bot?: boolean }): number;
  press(from: number, message: number, data: string): number;
  /** Delivers an update again, as Telegram does when it was not confirmed. */
  again(update: number): void;
  /** What the next call of a method answers, once; `null` cuts the connection after taking it. */
  next: Map<string, { status: number; body: unknown } | null>;
  /** Chats that have blocked the bot. */
  blocked: Set<number>;
  stop(): Promise<void>;
}

interface Update {
  update_id: number;
  [kind: string]: unknown;
}

const TOKEN = "123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr";

export async function startTelegramApi(): Promise<TelegramApi> {
  const [all, waiting]: [Update[], Update[]] = [[], []];
  let [updates, messages] = [1000, 0];
  let wake = new Set<() => void>();
  const add = (update: Update): number => {
    all.push(update);
    waiting.push(update);
    for (const each of wake) each();
    return update.update_id;
  };
  const api: TelegramApi = {
    url: "",
    token: TOKEN,
    sent: [],
    calls: [],
    next: new Map(),
    blocked: new Set(),
    write: (from, text, { replyTo, group = false, bot = false } = {}) =>
      add({
        update_id: ++updates,
        message: {
          message_id: ++messages,
          date: 1,
          from: { id: from, is_bot: bot, first_name: "P", username: `person${from}` },
          chat: group ? { id: -from, type: "supergroup" } : { id: from, type: "private" },
          text,
          ...(replyTo === undefined ? {} : { reply_to_message: { message_id: replyTo } }),
        },
      }),
    press: (from, message, data) =>
      add({
        update_id: ++updates,
        callback_query: {
          id: `q${updates}`,
          from: { id: from, is_bot: false, first_name: "P" },
          data,
          message: { message_id: message, chat: { id: from, type: "private" } },
        },
      }),
    again: (update) => {
      const found = all.find((each) => each.update_id === update);
      if (found !== undefined) waiting.push(found);
      for (const each of wake) each();
    },
    stop: async () => {
      for (const each of wake) each();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const take = async (offset: number, seconds: number): Promise<Update[]> => {
    while (waiting[0] !== undefined && waiting[0].update_id < offset) waiting.shift();
    if (waiting.length === 0 && seconds > 0)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, seconds * 1000);
        const done = (): void => {
          clearTimeout(timer);
          wake.delete(done);
          resolve();
        };
        wake = wake.add(done);
      });
    return waiting.filter((each) => each.update_id >= offset);
  };
  const answer = async (
    method: string,
    body: Record<string, unknown>,
  ): Promise<{ status: number; body: unknown }> => {
    const ok = (result: unknown): { status: number; body: unknown } => ({
      status: 200,
      body: { ok: true, result },
    });
    const no = (status: number, description: string): { status: number; body: unknown } => ({
      status,
      body: { ok: false, error_code: status, description },
    });
    switch (method) {
      case "getMe":
        return ok({ id: 123456, is_bot: true, username: "nightgate_test_bot" });
      case "getUpdates": {
        const found = await take(Number(body["offset"] ?? 0), Number(body["timeout"] ?? 0));
        waiting.splice(0, waiting.length, ...waiting.filter((each) => !found.includes(each)));
        return ok(found);
      }
      case "sendMessage": {
        const chat = Number(body["chat_id"]);
        if (api.blocked.has(chat)) return no(403, "Forbidden: bot was blocked by the user");
        if ("parse_mode" in body) return no(400, "this server takes plain text alone");
        const text = String(body["text"]);
        if (text.length > 4096) return no(400, "Bad Request: message is too long");
        const markup = body["reply_markup"] as
          | { inline_keyboard: { text: string; callback_data: string }[][] }
          | undefined;
        const buttons = (markup?.inline_keyboard ?? [])
          .flat()
          .map(({ text: label, callback_data }) => ({ text: label, data: callback_data }));
        if (buttons.some(({ data }) => Buffer.byteLength(data) > 64))
          return no(400, "Bad Request: BUTTON_DATA_INVALID");
        const silent = body["disable_notification"] === true;
        const message = { chat, id: ++messages, text, texts: [text], buttons, silent };
        api.sent.push(message);
        return ok({ message_id: message.id, chat: { id: chat, type: "private" }, text });
      }
      case "editMessageText": {
        const found = api.sent.find(({ id }) => id === Number(body["message_id"]));
        if (found === undefined) return no(400, "Bad Request: message to edit not found");
        found.text = String(body["text"]);
        found.texts.push(found.text);
        found.buttons = [];
        return ok(true);
      }
      case "answerCallbackQuery":
        return ok(true);
      default:
        return no(404, "Not Found");
    }
  };
  const server = createServer((request, response) => {
    void (async () => {
      const [, token = "", method = ""] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? "") ?? [];
      const body = await json(request);
      if (token !== TOKEN) {
        response.writeHead(401, { "content-type": "application/json" });
        return response.end(JSON.stringify({ ok: false, error_code: 401, description: "Unauthorized" }));
      }
      api.calls.push({ method, body });
      const forced = api.next.get(method);
      api.next.delete(method);
      const said = forced ?? (await answer(method, body));
      if (forced === null) return response.destroy();
      response.writeHead(said.status, { "content-type": "application/json" });
      return response.end(JSON.stringify(said.body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  api.url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  return api;
}

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
