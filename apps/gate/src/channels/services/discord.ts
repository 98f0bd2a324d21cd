/** A Discord webhook: posts into one channel and hears nothing. Mentions ring nobody, markup is escaped, links are not unfolded. */
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { type Answer, ask, judgeStatus } from "../ask.ts";
import { asText, type Connection, type Sent, type Service, type ServiceTools } from "../service.ts";

/** The webhook's address, as Discord shows it, or only the end of it. */
const WEBHOOK = /(?:^|\/api\/(?:v\d+\/)?webhooks\/)(\d{1,25})\/([\w-]{20,200})$/;
const CONTENT_MAX = 2_000;
const SUPPRESS_EMBEDS = 4;

export function createDiscord({ upstreams }: Pick<ServiceTools, "upstreams">): Service {
  const address = (to: Connection): string => {
    const [, id = "", token = ""] = WEBHOOK.exec(to.credential) ?? [];
    return `${to.channel.url.replace(/\/+$/, "")}/api/webhooks/${id}/${token}`;
  };
  const body = (text: string): object => ({
    content: cut(escaped(text)),
    allowed_mentions: { parse: [] },
    flags: SUPPRESS_EMBEDS,
  });
  return {
    send: async (to, _address, message, _id, signal) =>
      judge(
        await ask(upstreams, {
          pool: to.pool,
          url: `${address(to)}?wait=true`,
          method: "POST",
          body: body(asText(message)),
          signal,
        }),
      ),
    change: async (to, _address, reference, text, signal) =>
      judge(
        await ask(upstreams, {
          pool: to.pool,
          url: `${address(to)}/messages/${encodeURIComponent(reference)}`,
          method: "PATCH",
          body: body(text),
          signal,
        }),
      ),
    checkCredential: (credential) => {
      if (!WEBHOOK.test(credential))
        throw new Problem("input.invalid", {
          why: "a webhook's address looks like https://discord.com/api/webhooks/123456/abc…",
        });
    },
  };
}

function judge(answer: Answer): Sent {
  if (answer.status === null) return answer.failed;
  if (answer.status === 404) return { result: "gone", detail: "Discord says that the webhook is gone." };
  if (answer.status >= 200 && answer.status < 300)
    return {
      result: "sent",
      reference: z.object({ id: z.string() }).safeParse(answer.json).data?.id ?? null,
    };
  return judgeStatus(answer, z.object({ message: z.string() }).safeParse(answer.json).data?.message ?? "");
}

/** Discord's markdown: a backslash takes the meaning away. Addresses stay whole, or they would not open. */
function escaped(text: string): string {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(/[\\*_~`|>#\-[\]()<@:]/g, String.raw`\$&`)))
    .join("");
}

function cut(text: string): string {
  return text.length <= CONTENT_MAX ? text : `${text.slice(0, CONTENT_MAX - 1)}…`;
}
