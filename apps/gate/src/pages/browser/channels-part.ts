/** The channels of the organization that this member has linked, and the way to link the others. Holds can be read and rejected there, never approved. */
import type { ChannelsPage, LinkBegun } from "../wire.ts";
import { post } from "./api.ts";
import { SERVICE_WORDS } from "./channel-form.ts";
import { type Child, fill, h, icon } from "./dom.ts";
import { field } from "./forms.ts";
import { busy, notice } from "./notices.ts";
import { time, visible } from "./words.ts";

type Link = ChannelsPage["links"][number];
type Channel = ChannelsPage["channels"][number];

export function channelsPart(page: ChannelsPage, again: () => void): HTMLElement {
  const open = page.channels.filter(({ id }) => !page.links.some((link) => link.channel === id));
  return h(
    "section",
    { "aria-labelledby": "channels" },
    h(
      "h2.section",
      { id: "channels" },
      "Other channels",
      page.links.length > 0 && h("span.section-count", {}, page.links.length),
    ),
    page.channels.length === 0
      ? h(
          "p.calm",
          {},
          icon("info"),
          h(
            "span",
            {},
            "Telegram, Slack, Discord, e-mail or a webhook can tell you what the phone has not shown. An approver adds them to the ",
            h("a", { href: "/policy#part-channel" }, "policy"),
            ".",
          ),
        )
      : h(
          "ul.list",
          {},
          page.links.map((link, at) => linkRow(page, link, at, again)),
          open.map((channel) => openRow(channel, again)),
        ),
  );
}

function linkRow(page: ChannelsPage, link: Link, at: number, again: () => void): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const act = (label: string, drawn: Child, path: string, body: object): HTMLElement => {
    const button = h(
      "button.button.small.plain",
      { type: "button", "aria-label": label, title: label },
      drawn,
    );
    button.addEventListener("click", () => {
      void busy(button, problems, async () => {
        await post(path, body);
        again();
      });
    });
    return button;
  };
  const ids = page.links.map(({ id }) => id);
  const upwards = [
    ...ids.slice(0, Math.max(0, at - 1)),
    link.id,
    ...ids.slice(Math.max(0, at - 1)).filter((id) => id !== link.id),
  ];
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon(link.service === "email" ? "send" : "bell")),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, visible(link.name)),
        h(
          "span.row-meta",
          {},
          h("span", {}, SERVICE_WORDS[link.service], link.label === "" ? "" : [" ", visible(link.label)]),
          h("span", {}, "since ", time(link.createdAt)),
          link.working
            ? h("span.badge.good", {}, at === 0 ? "told first" : `told ${at + 1}.`)
            : h("span.badge.bad", {}, "could not be reached"),
        ),
      ),
      h(
        "span.row-actions",
        {},
        at > 0 && act(`Tell ${link.name} earlier`, "Earlier", "/api/channels/order", { links: upwards }),
        act(`Send a test to ${link.name}`, icon("send"), "/api/channels/test", { link: link.id }),
        act(`Unlink ${link.name}`, icon("trash"), "/api/channels/unlink", { link: link.id }),
      ),
    ),
    problems,
  );
}

function openRow(channel: Channel, again: () => void): HTMLElement {
  const button = h(
    "button.button.small",
    { type: "button", "aria-label": `Link ${channel.name}`, disabled: !channel.ready },
    "Link",
  );
  button.addEventListener("click", () => openDialog(channel, again));
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon(channel.service === "email" ? "send" : "bell")),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, visible(channel.name)),
        h(
          "span.row-meta",
          {},
          SERVICE_WORDS[channel.service],
          channel.ready
            ? h("span.badge.quiet", {}, "not linked")
            : h("span.badge.warn", {}, "has no credential"),
        ),
      ),
      h("span.row-actions", {}, button),
    ),
  );
}

function openDialog(channel: Channel, again: () => void): void {
  const content = h("div.stack", {});
  const close = h("button.button", { type: "button" }, "Close");
  const dialog = h(
    "dialog.sheet",
    { "aria-labelledby": "link-title" },
    h("h2", { id: "link-title" }, `Link ${channel.name}`),
    content,
    h("div.actions.end", {}, close),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    again();
  });
  fill(content, channel.service === "email" ? emailForm(channel, dialog) : beginForm(channel, dialog));
  document.body.append(dialog);
  dialog.showModal();
}

/** The member sends a code from where they want to be told: so nobody is linked by somebody else. */
function beginForm(channel: Channel, dialog: HTMLDialogElement): Child {
  const place = h("div.stack", { "aria-live": "polite" });
  const shared = channel.service === "discord" || channel.service === "webhook";
  const begin = h(
    "button.button.primary",
    { type: "button" },
    shared ? "Send my notifications there" : "Show a code",
  );
  begin.addEventListener("click", () => {
    void busy(begin, place, async () => {
      const begun = await post<LinkBegun>("/api/channels/link", { channel: channel.id, address: null });
      if (begun.done) return dialog.close();
      fill(place, howTo(begun));
    });
  });
  return [
    h(
      "p",
      {},
      shared
        ? "Everybody who reads it sees what is sent there. It hears nothing."
        : "A code that works once, for ten minutes, shows that it is you who writes there. Afterwards you can answer, give hints, queue tasks and reject. Nothing can be approved there.",
    ),
    h("div.actions", {}, begin),
    place,
  ];
}

function howTo({ words, url }: LinkBegun): Child {
  return [
    h("p", {}, h("b", {}, visible(words))),
    url === null
      ? null
      : h(
          "p",
          {},
          h(
            "a.button",
            { href: url, rel: "noopener noreferrer", target: "_blank" },
            icon("outside"),
            "Open it",
          ),
        ),
    h("p.hint", {}, "Close this when it has answered; the list then shows it."),
  ];
}

function emailForm(channel: Channel, dialog: HTMLDialogElement): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const address = field({
    label: "E-mail address",
    name: "link-address",
    required: true,
    type: "email",
    autocomplete: "email",
  });
  const code = field({
    label: "The code that was sent",
    name: "link-code",
    required: true,
    mono: true,
    autocomplete: "one-time-code",
  });
  code.row.hidden = true;
  const submit = h("button.button.primary", { type: "submit" }, "Send me a code");
  const form = h(
    "form.stack",
    { novalidate: true },
    address.row,
    code.row,
    h("div.actions", {}, submit),
    problems,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (code.row.hidden ? !address.check() : !code.check()) return;
    void busy(submit, problems, async () => {
      if (!code.row.hidden) {
        await post("/api/channels/confirm", { channel: channel.id, code: code.value() });
        return dialog.close();
      }
      await post<LinkBegun>("/api/channels/link", { channel: channel.id, address: address.value() });
      code.row.hidden = false;
      submit.textContent = "Link";
      code.input.focus();
    });
  });
  return form;
}

const STATES: Record<string, { word: string; tone: string }> = {
  waiting: { word: "waits", tone: "wait" },
  sending: { word: "on its way", tone: "wait" },
  sent: { word: "sent", tone: "good" },
  failed: { word: "failed", tone: "bad" },
  unknown: { word: "nobody knows", tone: "warn" },
  skipped: { word: "not needed", tone: "quiet" },
  kept: { word: "in the briefing", tone: "quiet" },
};

export function deliveryLog({ log }: ChannelsPage): Child {
  if (log.length === 0) return null;
  return h(
    "section",
    { "aria-labelledby": "delivery-log" },
    h("h2.section", { id: "delivery-log" }, "How messages fared"),
    h(
      "ul.list",
      {},
      log.map(({ at, channel, about, state, detail }) => {
        const { word, tone } = STATES[state] ?? { word: state, tone: "quiet" };
        return h(
          "li",
          {},
          h(
            "div.row",
            {},
            h(
              "span.row-main",
              {},
              h(
                "span.row-title",
                {},
                visible(channel),
                ": ",
                about,
                " ",
                h("span.badge", { class: tone }, word),
              ),
              h(
                "span.row-meta",
                {},
                h("span", {}, time(at)),
                detail === "" ? null : h("span", {}, visible(detail)),
              ),
            ),
          ),
        );
      }),
    ),
    h(
      "p.hint",
      {},
      "What a channel took is not always seen. What the phone has shown goes to no other channel.",
    ),
  );
}

export function saved(): HTMLElement {
  return notice("good", "good", h("p", {}, "Kept."));
}
