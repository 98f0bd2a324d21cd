/** The form of a channel: which service, where its API is, and the credential that only the gate will have. */
import type { ChannelResource, ChannelService } from "@nightgate/shared/policy";
import { type Child, h } from "./dom.ts";
import { choice, complainAboutUrl, field } from "./forms.ts";
import type { Put } from "./propose.ts";

export const SERVICE_WORDS: Record<ChannelService, string> = {
  telegram: "Telegram",
  slack: "Slack",
  discord: "Discord",
  webhook: "Webhook",
  email: "E-mail",
};

interface ServiceFields {
  url: string;
  /** What the credential is, and where one gets it. */
  credential: string;
}
const FIELDS: Record<ChannelService, ServiceFields> = {
  telegram: {
    url: "https://api.telegram.org",
    credential: "The bot's token. @BotFather gives it to you.",
  },
  slack: {
    url: "https://slack.com/api",
    credential:
      "Two tokens with a space between: the bot's (xoxb-, with chat:write and im:history) and the app's (xapp-, with connections:write) for Socket Mode.",
  },
  discord: {
    url: "https://discord.com",
    credential: "The webhook's whole address, from the channel's settings. Whoever has it can post there.",
  },
  webhook: {
    url: "https://",
    credential:
      "The signing secret, starting with whsec_. Your server checks it as standardwebhooks.com says.",
  },
  email: {
    url: "smtp://mail.example.com:587",
    credential:
      "user:password, if the server asks for it. smtp:// uses STARTTLS, smtps:// TLS from the start.",
  },
};

export function channelPart(old: ChannelResource | null): { rows: Child; read(): Put | null } {
  const service = choice(
    "It speaks",
    "channel-service",
    (Object.keys(SERVICE_WORDS) as ChannelService[]).map((value) => ({ value, label: SERVICE_WORDS[value] })),
    old?.service ?? "telegram",
  );
  const chosen = (): ChannelService =>
    (Object.keys(FIELDS) as ChannelService[]).find((name) => name === service.value()) ?? "telegram";
  const url = field({
    label: "Address",
    name: "channel-url",
    required: true,
    mono: true,
    value: old?.url ?? FIELDS.telegram.url,
    complain: (text) =>
      chosen() === "email"
        ? /^smtps?:\/\/[^\s/@]+$/.test(text)
          ? null
          : "smtp://HOST:PORT or smtps://HOST:PORT, without a user."
        : complainAboutUrl(text),
  });
  const from = field({
    label: "Sender",
    name: "channel-from",
    type: "email",
    value: old?.from ?? "",
    placeholder: "nightgate@example.com",
    complain: (text) => (/^[^\s@]+@[^\s@]+$/.test(text) ? null : "This is no e-mail address."),
  });
  const name = field({
    label: "Name",
    name: "channel-name",
    value: old?.name ?? "",
    max: 100,
    placeholder: "telegram",
    hint: "What agents and people call it. Left empty: the service.",
  });
  const hint = h("span", {});
  const secret = field({
    label: old === null ? "Credential" : "New credential",
    name: "channel-secret",
    secret: true,
    autocomplete: "new-password",
    hint,
  });
  const say = (): void => {
    hint.textContent = FIELDS[chosen()].credential;
    from.row.hidden = chosen() !== "email";
  };
  service.onChange(() => {
    if (Object.values(FIELDS).some((fields) => fields.url === url.value()))
      url.input.value = FIELDS[chosen()].url;
    say();
  });
  say();
  return {
    rows: [service.row, url.row, from.row, secret.row, name.row],
    read: () => {
      if (![url, name, secret, from].every((each) => each.check())) return null;
      return {
        resource: {
          kind: "channel",
          id: old?.id ?? "new",
          name: name.value() || chosen(),
          service: chosen(),
          url: url.value(),
          ...(chosen() === "email" && from.value() !== "" ? { from: from.value() } : {}),
          workstations: [],
          rehearsal: old?.rehearsal ?? false,
        } as Put["resource"],
        secret: secret.value() || null,
      };
    },
  };
}
