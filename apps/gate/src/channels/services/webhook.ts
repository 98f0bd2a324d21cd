/** A webhook of the operator's own, signed as Standard Webhooks says: a receiver can check that the gate sent it and when, and knows a message that it has had. */
import { createHmac } from "node:crypto";
import { Problem } from "@nightgate/shared/problems";
import type { HeaderPairs } from "../../net/headers.ts";
import { ask, judgeStatus } from "../ask.ts";
import type { Connection, Sent, Service, ServiceTools } from "../service.ts";

/** 24 to 64 bytes, as the standard has it. */
const SECRET = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/;

export function createWebhook({ upstreams, clock }: Pick<ServiceTools, "upstreams" | "clock">): Service {
  const post = async (
    to: Connection,
    id: string,
    event: { type: string; data: object },
    signal: AbortSignal,
  ): Promise<Sent> => {
    const body = { ...event, timestamp: new Date(clock.now()).toISOString() };
    const headers = signed(to.credential, id, Math.floor(clock.now() / 1_000), JSON.stringify(body));
    const { pool, channel } = to;
    const answer = await ask(upstreams, { pool, url: channel.url, method: "POST", body, headers, signal });
    if (answer.status === null) return answer.failed;
    if (answer.status === 410) return { result: "gone", detail: "The receiver says that it is gone (410)." };
    return answer.status >= 200 && answer.status < 300
      ? { result: "sent", reference: id }
      : judgeStatus(answer, "");
  };
  return {
    send: async (to, _address, { title, body, link, quiet }, id, signal) => {
      const data = { id, title, body, link: link?.url ?? null, quiet };
      return await post(to, id, { type: "notification", data }, signal);
    },
    change: async (to, _address, reference, text, signal) =>
      await post(to, `${reference}_handled`, { type: "handled", data: { id: reference, text } }, signal),
    checkCredential: (credential) => {
      if (!SECRET.test(credential))
        throw new Problem("input.invalid", {
          why: "a signing secret is whsec_ and at least 24 random bytes in base64",
        });
    },
  };
}

/** Over `id.timestamp.body`, with the bytes of the secret. */
function signed(secret: string, id: string, timestamp: number, body: string): HeaderPairs {
  const key = Buffer.from(SECRET.exec(secret)?.[1] ?? "", "base64");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return [
    ["webhook-id", id],
    ["webhook-timestamp", String(timestamp)],
    ["webhook-signature", `v1,${mac}`],
  ];
}
