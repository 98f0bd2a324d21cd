/**
 * A Slack app: posts and changes through the Web API, and hears over Socket Mode, so that the gate needs no address on the internet and no
 * signing secret: what comes in comes over a connection that the gate opened with the app's own token. Only direct messages are heard.
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
import { openSocket } from "./slack-socket.ts";

/** The bot's token and the app's, in this order. */
const TOKENS = /^(xoxb-[A-Za-z0-9-]{10,200})\s+(xapp-[A-Za-z0-9-]{10,200})$/;
const said = z.object({ ok: z.boolean(), error: z.string().optional() });
const posted = z.object({ channel: z.string(), ts: z.string() });

const tokensOf = ({ credential }: Connection): [bot: string, app: string] => {
  const [, bot = "", app = ""] = TOKENS.exec(credential.trim()) ?? [];
  return [bot, app];
};

export function createSlack(tools: Pick<ServiceTools, "upstreams" | "dial">): Service {
  const call = async (
    to: Connection,
    method: string,
    token: string,
    body: object,
    signal: AbortSignal,
  ): Promise<Answer> =>
    await ask(tools.upstreams, {
      pool: to.pool,
      url: `${to.channel.url.replace(/\/+$/, "")}/${method}`,
      method: "POST",
      headers: [["authorization", `Bearer ${token}`]],
      body,
      signal,
    });
  const post = async (to: Connection, channel: string, out: OutMessage, signal: AbortSignal): Promise<Sent> =>
    judge(
      await call(
        to,
        "chat.postMessage",
        tokensOf(to)[0],
        { channel, ...QUIET, ...contentOf(asText(out), out) },
        signal,
      ),
    );
  return {
    send: async (to, address, out, _id, signal) => await post(to, address, out, signal),
    change: async (to, _address, reference, text, signal) => {
      const [channel = "", ts = ""] = reference.split(" ");
      const body = { channel, ts, ...contentOf(text, null) };
      return judge(await call(to, "chat.update", tokensOf(to)[0], body, signal));
    },
    receive: async (from, take, signal) => {
      const answer = await call(from, "apps.connections.open", tokensOf(from)[1], {}, signal);
      const url = z.object({ url: z.string() }).safeParse(answer.status === null ? null : answer.json)
        .data?.url;
      if (url === undefined)
        throw new Problem("channel.unreachable", { channel: from.channel.name, why: whyOf(answer) });
      const socket = await openSocket(tools.dial, from.channel, url, signal);
      for await (const envelope of socket) {
        const received = readEnvelope(envelope.body);
        const reply = received === null ? null : await take(received);
        // Only now: what is not acknowledged comes again.
        envelope.acknowledge();
        if (received !== null && reply !== null) await post(from, received.address, reply, signal);
      }
    },
    howToLink: async (_to, code) => ({
      words: `Open the app's messages in Slack and write: link ${code}`,
      url: null,
    }),
    checkCredential: (credential) => {
      if (!TOKENS.test(credential.trim()))
        throw new Problem("input.invalid", {
          why: "Slack needs two tokens, xoxb-… and xapp-…, with a space between",
        });
    },
  };
}

/** No previews of links, and no name in it becomes a mention. */
const QUIET = { unfurl_links: false, unfurl_media: false, link_names: false, parse: "none" };

const SECTION_MAX = 2_900;

/** As plain_text, which has no markup. `text` is what a notification shows; there Slack's three characters are escaped. */
function contentOf(text: string, out: OutMessage | null): object {
  const buttons = (out?.buttons ?? []).map(({ label, value }, at) => ({
    type: "button",
    action_id: `nightgate-${at}`,
    value,
    text: { type: "plain_text", text: label, emoji: false },
  }));
  const cut = text.length > SECTION_MAX ? `${text.slice(0, SECTION_MAX - 1)}…` : text;
  return {
    text: cut.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    blocks: [
      { type: "section", text: { type: "plain_text", text: cut, emoji: false } },
      ...(buttons.length === 0 ? [] : [{ type: "actions", elements: buttons }]),
    ],
  };
}

function whyOf(answer: Answer): string {
  if (answer.status === null) return answer.failed.detail;
  return `Slack answered ${said.safeParse(answer.json).data?.error ?? answer.status}`.slice(0, 200);
}

/** https://docs.slack.dev/reference/methods/chat.postMessage: the errors that say that the member is not there. */
const GONE = ["channel_not_found", "is_archived", "user_not_found", "account_inactive", "user_disabled"];

function judge(answer: Answer): Sent {
  if (answer.status === null) return answer.failed;
  const result = said.safeParse(answer.json).data;
  if (result?.ok === true) {
    const at = posted.safeParse(answer.json).data;
    return { result: "sent", reference: at === undefined ? null : `${at.channel} ${at.ts}` };
  }
  const error = result?.error ?? "";
  if (answer.status === 429 || error === "ratelimited") return judgeStatus({ ...answer, status: 429 }, error);
  if (answer.status >= 500) return judgeStatus(answer, error);
  const detail = whyOf(answer);
  return GONE.includes(error) ? { result: "gone", detail } : { result: "refused", detail };
}

const message = z.object({
  type: z.literal("events_api"),
  payload: z.object({
    event_id: z.string(),
    event: z.object({
      type: z.literal("message"),
      channel_type: z.literal("im"),
      channel: z.string(),
      user: z.string(),
      text: z.string(),
      ts: z.string(),
      thread_ts: z.string().optional(),
      subtype: z.undefined().optional(),
      bot_id: z.undefined().optional(),
    }),
  }),
});
const pressed = z.object({
  type: z.literal("interactive"),
  envelope_id: z.string(),
  payload: z.object({
    type: z.literal("block_actions"),
    user: z.object({ id: z.string() }),
    channel: z.object({ id: z.string() }).optional(),
    message: z.object({ ts: z.string() }).optional(),
    actions: z.array(z.object({ value: z.string().optional() })).min(1),
  }),
});
/** `/nightgate status`, where the app has such a command: written anywhere, answered in the member's own messages. */
const commanded = z.object({
  type: z.literal("slash_commands"),
  envelope_id: z.string(),
  payload: z.object({ user_id: z.string(), text: z.string().default("") }),
});

/** Null for whatever is no member's direct message, no command and no button of ours. */
function readEnvelope(body: unknown): Received | null {
  const written = message.safeParse(body).data?.payload;
  if (written !== undefined) {
    const { user, text, channel, thread_ts } = written.event;
    return {
      external: `event ${written.event_id}`,
      address: user,
      label: "",
      text: unescaped(text).slice(0, CHANNEL_LIMITS.receivedCharactersMax),
      replyTo: thread_ts === undefined ? null : `${channel} ${thread_ts}`,
      button: null,
    };
  }
  const command = commanded.safeParse(body).data;
  if (command !== undefined) {
    const { user_id: user, text } = command.payload;
    return {
      external: `envelope ${command.envelope_id}`,
      address: user,
      label: "",
      text: `/${unescaped(text).trim() || "help"}`.slice(0, CHANNEL_LIMITS.receivedCharactersMax),
      replyTo: null,
      button: null,
    };
  }
  const press = pressed.safeParse(body).data;
  const value = press?.payload.actions[0]?.value;
  if (press === undefined || value === undefined) return null;
  const { user, channel, message: on } = press.payload;
  return {
    external: `envelope ${press.envelope_id}`,
    address: user.id,
    label: "",
    text: "",
    replyTo: channel === undefined || on === undefined ? null : `${channel.id} ${on.ts}`,
    button: value,
  };
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
