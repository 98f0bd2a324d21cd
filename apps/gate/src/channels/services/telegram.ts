/**
 * A Telegram bot (Bot API 7): sends, edits, and hears by long polling, so that the gate needs no address on the internet. Text goes out
 * without a parse mode: what looks like markup stays text. Only private chats are heard; there the chat's id is the member's.
 */
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { type Answer, ask, judgeStatus } from "../ask.ts";
import { CHANNEL_LIMITS } from "../limits.ts";
import {
  asText,
  type Connection,
  type OutMessage,
  type Received,
  type Sent,
  type Service,
  type ServiceTools,
} from "../service.ts";

const TOKEN = /^\d{1,20}:[A-Za-z0-9_-]{20,100}$/;
const user = z.object({ id: z.int(), is_bot: z.boolean().optional(), username: z.string().optional() });
const chat = z.object({ id: z.int(), type: z.string() });
const message = z.object({
  message_id: z.int(),
  from: user.optional(),
  chat,
  text: z.string().optional(),
  reply_to_message: z.object({ message_id: z.int() }).optional(),
});
const update = z.object({
  update_id: z.int(),
  message: message.optional(),
  callback_query: z
    .object({
      id: z.string(),
      from: user,
      data: z.string().optional(),
      message: z.object({ message_id: z.int(), chat }).optional(),
    })
    .optional(),
});
type Update = z.infer<typeof update>;
const answered = z.object({
  ok: z.boolean(),
  description: z.string().optional(),
  result: z.unknown().optional(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});

export function createTelegram({ upstreams }: Pick<ServiceTools, "upstreams">): Service {
  const call = async (
    to: Connection,
    method: string,
    body: object,
    signal: AbortSignal,
    msMax?: number,
  ): Promise<Answer> =>
    await ask(upstreams, {
      pool: to.pool,
      url: `${to.channel.url.replace(/\/+$/, "")}/bot${to.credential}/${method}`,
      method: "POST",
      body,
      signal,
      ...(msMax === undefined ? {} : { msMax }),
    });
  const send = async (to: Connection, address: string, out: OutMessage, signal: AbortSignal): Promise<Sent> =>
    judge(
      await call(
        to,
        "sendMessage",
        {
          chat_id: Number(address),
          text: cut(asText(out)),
          link_preview_options: { is_disabled: true },
          disable_notification: out.quiet,
          ...(out.buttons.length === 0 ? {} : { reply_markup: { inline_keyboard: keyboard(out) } }),
        },
        signal,
      ),
    );
  return {
    send: async (to, address, out, _id, signal) => await send(to, address, out, signal),
    change: async (to, address, reference, text, signal) =>
      judge(
        await call(
          to,
          "editMessageText",
          { chat_id: Number(address), message_id: Number(reference), text: cut(text) },
          signal,
        ),
      ),
    receive: async (from, take, signal) => {
      let offset = 0;
      while (!signal.aborted) {
        const updates = await poll(call, from, offset, signal);
        for (const each of updates) {
          await heard(call, send, from, each, take, signal);
          offset = each.update_id + 1;
        }
      }
    },
    howToLink: async (to, code, signal) => {
      const me = read(await call(to, "getMe", {}, signal));
      const name = z.object({ username: z.string() }).safeParse(me?.result).data?.username;
      return {
        words: `Send the bot${name === undefined ? "" : ` @${name}`} this message: /link ${code}`,
        url: name === undefined ? null : `https://t.me/${encodeURIComponent(name)}?start=${code}`,
      };
    },
    checkCredential: (credential) => {
      if (!TOKEN.test(credential))
        throw new Problem("input.invalid", { why: "a bot's token looks like 123456:ABC-DEF" });
    },
  };
}

type Call = (
  to: Connection,
  method: string,
  body: object,
  signal: AbortSignal,
  msMax?: number,
) => Promise<Answer>;
type Take = Parameters<NonNullable<Service["receive"]>>[1];

async function poll(call: Call, from: Connection, offset: number, signal: AbortSignal): Promise<Update[]> {
  const { pollSeconds, answerMsMax } = CHANNEL_LIMITS;
  const answer = await call(
    from,
    "getUpdates",
    { offset, timeout: pollSeconds, allowed_updates: ["message", "callback_query"] },
    signal,
    pollSeconds * 1_000 + answerMsMax,
  );
  const said = read(answer);
  if (!said?.ok)
    throw new Problem("channel.unreachable", {
      channel: from.channel.name,
      why:
        answer.status === null ? answer.failed.detail : (said?.description ?? `it answered ${answer.status}`),
    });
  const list = z.array(z.unknown()).safeParse(said.result);
  // One that cannot be read is passed over with its number, or it would come back for ever.
  return (list.data ?? []).flatMap((each) => {
    const parsed = update.safeParse(each);
    if (parsed.success) return [parsed.data];
    const numbered = z.object({ update_id: z.int() }).safeParse(each);
    return numbered.success ? [{ update_id: numbered.data.update_id }] : [];
  });
}

type Send = (to: Connection, address: string, out: OutMessage, signal: AbortSignal) => Promise<Sent>;

async function heard(
  call: Call,
  send: Send,
  from: Connection,
  each: Update,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const received = readWritten(each) ?? readPressed(each);
  const answer = received === null ? null : await take(received);
  if (received === null || answer === null) return;
  if (each.callback_query !== undefined)
    await call(from, "answerCallbackQuery", { callback_query_id: each.callback_query.id }, signal);
  await send(from, received.address, answer, signal);
}

const labelOf = ({ username }: { username?: string | undefined }): string =>
  username === undefined ? "" : `@${username}`;

function readWritten({ update_id, message: said }: Update): Received | null {
  if (said?.from === undefined || said.from.is_bot === true || said.chat.type !== "private") return null;
  return {
    external: `update ${update_id}`,
    address: String(said.chat.id),
    label: labelOf(said.from),
    text: said.text ?? "",
    replyTo: said.reply_to_message === undefined ? null : String(said.reply_to_message.message_id),
    button: null,
  };
}

function readPressed({ update_id, callback_query: pressed }: Update): Received | null {
  if (pressed?.message?.chat.type !== "private" || pressed.data === undefined) return null;
  return {
    external: `update ${update_id}`,
    address: String(pressed.from.id),
    label: labelOf(pressed.from),
    text: "",
    replyTo: String(pressed.message.message_id),
    button: pressed.data,
  };
}

function keyboard({ buttons }: OutMessage): { text: string; callback_data: string }[][] {
  return buttons.map(({ label, value }) => [{ text: label, callback_data: value }]);
}

function read(answer: Answer): z.infer<typeof answered> | null {
  return answer.status === null ? null : (answered.safeParse(answer.json).data ?? null);
}

/** 403: blocked by the member; 400 with these words: the chat is gone. */
const GONE = /chat not found|user is deactivated|bot was blocked/i;

function judge(answer: Answer): Sent {
  if (answer.status === null) return answer.failed;
  const said = read(answer);
  if (said?.ok === true) {
    const sent = z.object({ message_id: z.int() }).safeParse(said.result);
    return { result: "sent", reference: sent.success ? String(sent.data.message_id) : null };
  }
  return judgeRefusal(answer, said);
}

function judgeRefusal(
  answer: Exclude<Answer, { status: null }>,
  said: z.infer<typeof answered> | null,
): Sent {
  const words = said?.description ?? "";
  if (answer.status === 403 || (answer.status === 400 && GONE.test(words)))
    return { result: "gone", detail: `Telegram says: ${words}`.slice(0, 300) };
  const seconds = said?.parameters?.retry_after;
  const judged = judgeStatus(answer, words);
  return judged.result === "later" && seconds !== undefined
    ? { ...judged, afterMs: Math.min(seconds * 1_000, CHANNEL_LIMITS.retryAfterMsMax) }
    : judged;
}

function cut(text: string): string {
  const characters = Array.from(text);
  const { textCharactersMax } = CHANNEL_LIMITS;
  return characters.length <= textCharactersMax
    ? text
    : `${characters.slice(0, textCharactersMax - 1).join("")}…`;
}
