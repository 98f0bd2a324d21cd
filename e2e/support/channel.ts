/** Puts a channel into the policy and links the person to it, as they would: proposed, signed, and the code sent from where they want to be told. */
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import { type Evening, holdReaches, openHold } from "@nightgate/testkit/evening";
import type { SlackApi } from "@nightgate/testkit/fake-internet/slack-api";
import type { TelegramApi } from "@nightgate/testkit/fake-internet/telegram-api";
import { until } from "@nightgate/testkit/until";
import { z } from "zod";

const WAIT_MS_MAX = 20_000;

async function ask<Answer>(
  evening: Evening,
  path: string,
  data: unknown,
  answer: z.ZodType<Answer>,
): Promise<Answer> {
  const url = `${evening.product.gate}${path}`;
  const { status, body } = await askAsPerson(evening.person.context, url, { method: "POST", data });
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return answer.parse(body);
}

/** `chat` is the person's in Telegram. */
export async function linkTelegram(evening: Evening, telegram: TelegramApi, chat: number): Promise<void> {
  const code = await linkingCode(evening, { service: "telegram", url: telegram.url, secret: telegram.token });
  telegram.write(chat, `/link ${code}`);
  await until("the bot to welcome its member", WAIT_MS_MAX, () =>
    telegram.sent.some((message) => message.chat === chat && message.text.includes("You are linked.")),
  );
}

/** `user` is the person's id in Slack. */
export async function linkSlack(evening: Evening, slack: SlackApi, user: string): Promise<void> {
  const code = await linkingCode(evening, { service: "slack", url: slack.url, secret: slack.credential });
  await slack.write(user, `link ${code}`);
  await until("the app to welcome its member", WAIT_MS_MAX, () =>
    slack.posted.some(({ text }) => text.startsWith("You are linked.")),
  );
}

/** Puts the channel into the policy, with a signature, and answers the code that the person's page shows. */
async function linkingCode(
  evening: Evening,
  { service, url, secret }: { service: "telegram" | "slack"; url: string; secret: string },
): Promise<string> {
  const resource = {
    kind: "channel",
    id: "new",
    name: service,
    service,
    url,
    workstations: [],
    rehearsal: false,
  };
  const { hold } = await ask(
    evening,
    "/api/policy/propose",
    { put: [{ resource, secret }], remove: [] },
    z.object({ hold: z.string() }),
  );
  const page = await openHold(evening, hold);
  await page.getByRole("button", { name: "Sign", exact: true }).click();
  await holdReaches(evening, hold, "released");
  await page.close();
  const { body } = await askAsPerson(evening.person.context, `${evening.product.gate}/api/channels`);
  const { channels } = z
    .object({ channels: z.array(z.object({ id: z.string(), service: z.string() })) })
    .parse(body);
  const channel = channels.find((each) => each.service === service)?.id;
  const begun = await ask(
    evening,
    "/api/channels/link",
    { channel, address: null },
    z.object({ code: z.string() }),
  );
  return begun.code;
}
