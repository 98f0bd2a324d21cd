import type { Socket } from "node:net";
/** Slack's Socket Mode over a connection that the gate has dialled itself: envelopes in, acknowledgements out. */
import type { ChannelResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { Agent, type buildConnector, type MessageEvent, WebSocket } from "undici";
import { z } from "zod";
import type { Dial } from "../../net/checked-dial.ts";
import { CHANNEL_LIMITS } from "../limits.ts";

export interface Envelope {
  body: unknown;
  acknowledge(): void;
}

const enveloped = z.object({ envelope_id: z.string().max(200) });
const typed = z.object({ type: z.string() });

/** Envelopes that wait to be read; a sender that is faster than that is cut off, and comes again. */
const WAITING_MAX = 1_000;

/** Yields envelopes until Slack says that the connection ends, or `signal` aborts. Throws Problem channel.unreachable. */
export async function openSocket(
  dial: Dial,
  channel: ChannelResource,
  address: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Envelope>> {
  const url = refuseStranger(channel, address);
  const agent = new Agent({
    connect: (options, callback) => {
      const tls = options.protocol === "https:";
      const host = options.hostname.replace(/^\[(.*)\]$/, "$1");
      const named = host === new URL(channel.url).hostname;
      const port = Number(options.port) || (tls ? 443 : 80);
      void connected(dial({ host, port, tls, named }), callback);
    },
    allowH2: false,
  });
  const socket = new WebSocket(url, { dispatcher: agent });
  const close = (): void => socket.close();
  signal.addEventListener("abort", close, { once: true });
  const waiting: Envelope[] = [];
  let [ended, wake] = [false, (): void => undefined];
  const end = (): void => {
    ended = true;
    wake();
  };
  const opened = new Promise<void>((resolve, reject) => {
    const broken = (): void =>
      reject(new Problem("channel.unreachable", { channel: channel.name, why: "its socket does not open" }));
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", broken);
    socket.addEventListener("close", broken);
  });
  socket.addEventListener("error", end);
  socket.addEventListener("close", end);
  socket.addEventListener("message", ({ data }: MessageEvent) => {
    const body = parse(data);
    const type = typed.safeParse(body).data?.type;
    if (type === "disconnect" || waiting.length >= WAITING_MAX) return socket.close();
    const id = enveloped.safeParse(body).data?.envelope_id;
    if (id === undefined) return;
    waiting.push({ body, acknowledge: () => socket.send(JSON.stringify({ envelope_id: id })) });
    wake();
  });
  const leave = async (): Promise<void> => {
    signal.removeEventListener("abort", close);
    socket.close();
    await agent.destroy();
  };
  try {
    await opened;
  } catch (error) {
    await leave();
    throw error;
  }
  return (async function* (): AsyncGenerator<Envelope> {
    try {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      await leave();
    }
  })();
}

async function connected(dialled: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  try {
    callback(null, await dialled);
  } catch (error) {
    callback(error as Error, null);
  }
}

/** An answer may not lead the gate to any host: only to the channel's own, or to one of slack.com's where that is the channel. */
function refuseStranger(channel: ChannelResource, address: string): string {
  const own = new URL(channel.url);
  const url = new URL(URL.canParse(address) ? address : "about:blank");
  const isKnown =
    url.hostname === own.hostname || (own.hostname === "slack.com" && url.hostname.endsWith(".slack.com"));
  const isSecure = url.protocol === "wss:" || (url.protocol === "ws:" && own.protocol === "http:");
  if (!isSecure || !isKnown)
    throw new Problem("channel.unreachable", { channel: channel.name, why: "it leads to another host" });
  return url.href;
}

function parse(data: unknown): unknown {
  if (typeof data !== "string" || data.length > CHANNEL_LIMITS.answerBytesMax) return null;
  try {
    return JSON.parse(data) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
