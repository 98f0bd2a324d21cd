// Each service against a local server that speaks its protocol, over real HTTP, TLS, SMTP and WebSocket; and what a lying one can do.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import type { ChannelResource, ChannelService } from "@nightgate/shared/policy";
import { makeCertificate } from "@nightgate/testkit/certificate";
import { startMailServer } from "@nightgate/testkit/fake-internet/mail-server";
import { startSlackApi } from "@nightgate/testkit/fake-internet/slack-api";
import { startTelegramApi } from "@nightgate/testkit/fake-internet/telegram-api";
import { startWebhookReceiver } from "@nightgate/testkit/fake-internet/webhook-receiver";
import { Webhook } from "standardwebhooks";
import { afterAll, expect, test } from "vitest";
import { createCheckedDial } from "../../net/checked-dial.ts";
import { createCheckedLookup } from "../../net/checked-lookup.ts";
import { createUpstreams } from "../../net/upstreams.ts";
import type { Connection, OutMessage, Received } from "../service.ts";
import { createServices } from "./services.ts";

const folder = mkdtempSync(join(tmpdir(), "nightgate-channels-"));
const certificate = makeCertificate(folder);
const trust = [readFileSync(certificate.caFile, "utf8")];
const dial = createCheckedDial({ lookup: createCheckedLookup(async () => ["127.0.0.1"]), trust });
const upstreams = createUpstreams({ dial });
const services = createServices({ dial, upstreams, clock: systemClock, host: "gate.localhost", trust });
const { signal } = new AbortController();
afterAll(async () => {
  await upstreams.stop();
  rmSync(folder, { recursive: true });
});

function connection(service: ChannelService, url: string, credential: string, from?: string): Connection {
  const channel: ChannelResource = {
    kind: "channel",
    id: "res_0123456789ab",
    name: service,
    service,
    url,
    workstations: [],
    rehearsal: false,
    ...(from === undefined ? {} : { from }),
  };
  return { channel, credential, pool: service };
}
const out = (change: Partial<OutMessage> = {}): OutMessage => ({
  title: "atlas has a question",
  body: "> <!channel> @everyone *bold* [x](https://evil.example)",
  link: { label: "Open", url: "https://web.example/jobs/job_1" },
  buttons: [],
  quiet: false,
  ...change,
});

test("a webhook is signed as an independent implementation of Standard Webhooks verifies it, and is the same at each attempt", async () => {
  const receiver = await startWebhookReceiver();
  const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
  const to = connection("webhook", `${receiver.url}/hook?team=a`, secret);
  receiver.next.push(503);
  expect(await services.webhook.send(to, "", out(), "msg_1", signal)).toMatchObject({ result: "later" });
  expect(await services.webhook.send(to, "", out(), "msg_1", signal)).toEqual({
    result: "sent",
    reference: "msg_1",
  });
  const [first, second] = receiver.posted;
  expect(first?.headers["webhook-id"]).toBe(second?.headers["webhook-id"]);
  const verifier = new Webhook(secret);
  expect(verifier.verify(second?.body ?? "", second?.headers ?? {})).toMatchObject({
    type: "notification",
    data: { title: "atlas has a question", link: "https://web.example/jobs/job_1" },
  });
  expect(() => verifier.verify(`${second?.body} `, second?.headers ?? {})).toThrow("signature");
  expect(() =>
    new Webhook(`whsec_${Buffer.alloc(24, 8).toString("base64")}`).verify(
      second?.body ?? "",
      second?.headers ?? {},
    ),
  ).toThrow("signature");
  expect(second?.path).toBe("/hook?team=a");
  await services.webhook.change?.(to, "", "msg_1", "Answered by Ada", signal);
  expect(JSON.parse(receiver.posted[2]?.body ?? "")).toMatchObject({
    type: "handled",
    data: { id: "msg_1" },
  });
  await receiver.stop();
  expect(await services.webhook.send(to, "", out(), "msg_2", signal)).toMatchObject({ result: "later" });
});

test("Discord gets text without markup, rings nobody, and a message that may have arrived is not sent again", async () => {
  const receiver = await startWebhookReceiver();
  const to = connection("discord", receiver.url, `https://discord.com/api/webhooks/123/${"t".repeat(68)}`);
  expect(await services.discord.send(to, "", out(), "msg_1", signal)).toEqual({
    result: "sent",
    reference: "m1",
  });
  const body = JSON.parse(receiver.posted[0]?.body ?? "") as { content: string };
  expect(receiver.posted[0]?.path).toBe(`/api/webhooks/123/${"t".repeat(68)}?wait=true`);
  expect(body).toMatchObject({ allowed_mentions: { parse: [] }, flags: 4 });
  expect(body.content).toContain(String.raw`\> \<!channel\> \@everyone \*bold\*`);
  await services.discord.change?.(to, "", "m1", "Done", signal);
  expect(receiver.posted[1]).toMatchObject({
    method: "PATCH",
    path: `/api/webhooks/123/${"t".repeat(68)}/messages/m1`,
  });
  receiver.next.push(null, 404);
  expect(await services.discord.send(to, "", out(), "msg_2", signal)).toMatchObject({ result: "unknown" });
  expect(await services.discord.send(to, "", out(), "msg_3", signal)).toMatchObject({ result: "gone" });
  await receiver.stop();
});

test("Telegram: a busy service says when, a member who has blocked the bot is gone, and no error carries the token", async () => {
  const api = await startTelegramApi();
  const to = connection("telegram", api.url, api.token);
  api.next.set("sendMessage", {
    status: 429,
    body: { ok: false, description: "Too Many Requests", parameters: { retry_after: 7 } },
  });
  expect(await services.telegram.send(to, "1", out(), "msg_1", signal)).toMatchObject({
    result: "later",
    afterMs: 7000,
  });
  api.blocked.add(2);
  expect(await services.telegram.send(to, "2", out(), "msg_2", signal)).toMatchObject({ result: "gone" });
  api.next.set("sendMessage", null);
  const cut = await services.telegram.send(to, "3", out(), "msg_3", signal);
  expect(cut).toMatchObject({ result: "unknown" });
  expect(JSON.stringify(cut)).not.toContain(api.token);
  const long = await services.telegram.send(to, "4", out({ body: "x".repeat(10_000) }), "msg_4", signal);
  expect(long).toMatchObject({ result: "sent" });
  await api.stop();
});

test.each([
  { name: "STARTTLS", tls: false },
  { name: "TLS from the first byte", tls: true },
])(
  "e-mail over $name: with a password, plain text, one message id, and what the server says decides",
  async ({ tls }) => {
    const mail = await startMailServer(certificate, tls);
    const to = connection("email", mail.url, `${mail.user}:${mail.password}`, "nightgate@example.com");
    const send = async (address: string, id = "msg_1"): Promise<unknown> =>
      await services.email.send(
        to,
        address,
        out({ title: "atlas\r\nBcc: all@example.com asks" }),
        id,
        signal,
      );
    expect(await send("ada@example.com")).toEqual({ result: "sent", reference: null });
    expect(mail.received[0]).toMatchObject({
      from: "nightgate@example.com",
      to: ["ada@example.com"],
      tls: true,
    });
    expect(mail.received[0]?.source).toContain("Message-ID: <msg_1.nightgate@gate.localhost>");
    expect(mail.received[0]?.source).toMatch(/^Subject: atlas Bcc: all@example\.com asks\r?$/m);
    expect(mail.received[0]?.source.split(/\r?\n\r?\n/)[0]).not.toMatch(/^Bcc:/m);
    mail.next = { code: 451 };
    expect(await send("ada@example.com")).toMatchObject({ result: "later" });
    mail.next = { code: 554 };
    expect(await send("ada@example.com")).toMatchObject({ result: "refused" });
    expect(await send("nobody@example.com")).toMatchObject({ result: "gone" });
    const wrong = await services.email.send(
      connection("email", mail.url, `${mail.user}:guess-secret`),
      "ada@example.com",
      out(),
      "msg_2",
      signal,
    );
    expect(wrong).toMatchObject({ result: "refused" });
    expect(JSON.stringify(wrong)).not.toContain("guess-secret");
    await mail.stop();
  },
);

test("e-mail goes to no server whose certificate is not good", async () => {
  const mail = await startMailServer(certificate, false);
  const strict = createServices({
    dial: createCheckedDial({ lookup: createCheckedLookup(async () => ["127.0.0.1"]) }),
    upstreams,
    clock: systemClock,
    host: "gate.localhost",
    trust: undefined,
  });
  const sent = await strict.email.send(
    connection("email", mail.url, `${mail.user}:${mail.password}`),
    "ada@example.com",
    out(),
    "msg_1",
    signal,
  );
  expect(sent.result).not.toBe("sent");
  expect(mail.received).toEqual([]);
  await mail.stop();
});

test("N8: Slack: text without markup, direct messages heard over Socket Mode, acknowledged when taken, and forged events passed over", async () => {
  const slack = await startSlackApi();
  const to = connection("slack", slack.url, slack.credential);
  const buttons = [{ label: "yes", value: "answer q 0" }];
  const sent = await services.slack.send(to, "U1", out({ buttons }), "msg_1", signal);
  expect(sent).toMatchObject({ result: "sent", reference: `DU1 ${slack.posted[0]?.ts}` });
  expect(slack.posted[0]?.text).toContain("&lt;!channel&gt;");
  expect(JSON.stringify(slack.posted[0]?.blocks)).not.toContain("mrkdwn");
  const heard: Received[] = [];
  const stop = new AbortController();
  const ear = services.slack.receive?.(
    to,
    async (received) => {
      heard.push(received);
      return received.text === "hello" ? out({ title: "hi", body: "", link: null }) : null;
    },
    stop.signal,
  );
  const [message] = slack.posted;
  if (message === undefined) throw new Error("Nothing was posted");
  await slack.write("U1", "in a channel of many", { channel_type: "channel" });
  await slack.write("U1", "from a bot", { bot_id: "B1" });
  await slack.write("U1", "changed afterwards", { subtype: "message_changed" });
  await slack.raw("not even JSON");
  await slack.raw({
    envelope_id: "e",
    type: "events_api",
    payload: { event: { type: "message", user: ["U1"] } },
  });
  await slack.write("U1", "hello");
  const reply = await slack.write("U1", "a &lt; b", { thread_ts: message.ts });
  const pressed = await slack.press("U1", message, "answer q 0");
  await expect.poll(() => slack.acknowledged.includes(pressed)).toBe(true);
  expect(heard).toMatchObject([
    { address: "U1", text: "hello", replyTo: null },
    { address: "U1", text: "a < b", replyTo: `DU1 ${message.ts}` },
    { button: "answer q 0", replyTo: `DU1 ${message.ts}` },
  ]);
  expect(slack.acknowledged).toContain(reply);
  expect(slack.posted.at(-1)).toMatchObject({ channel: "DU1", text: "hi" });
  await services.slack.change?.(to, "U1", `DU1 ${message.ts}`, "Answered by Ada", signal);
  expect(message.text).toBe("Answered by Ada");
  slack.hangUp();
  await ear;
  stop.abort();
  // An answer of a lying server leads nowhere else.
  slack.leadTo = "ws://169.254.169.254/latest";
  await expect(services.slack.receive?.(to, async () => null, signal)).rejects.toMatchObject({
    code: "channel.unreachable",
  });
  await slack.stop();
});

test.each<[ChannelService, string, string]>([
  ["telegram", "123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr", "123456"],
  ["telegram", "123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr", "1:a/../getMe?x=AAAAAAAAAAAAAAAAAAAAAAA"],
  ["slack", "xoxb-1234567890 xapp-1234567890", "xoxb-1234567890"],
  ["discord", `https://discord.com/api/webhooks/1/${"a".repeat(30)}`, "https://evil.example/1"],
  ["webhook", `whsec_${Buffer.alloc(24).toString("base64")}`, "whsec_short"],
  ["email", "user:pass:word", "only-a-word"],
])("a credential of %s that cannot be one is refused before it is sealed", (service, good, bad) => {
  expect(() => services[service].checkCredential(good)).not.toThrow();
  expect(() => services[service].checkCredential(bad)).toThrow("not valid");
});
