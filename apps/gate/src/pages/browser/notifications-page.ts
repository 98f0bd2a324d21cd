/** Which devices ring. A message carries the gate's one sentence and the hold's id; deciding happens on the gate's page and nowhere else. */
import type { ChannelsPage, NotificationsPage } from "../wire.ts";
import { get, post } from "./api.ts";
import { attentionPart, briefingPart } from "./channels-choices.ts";
import { channelsPart, deliveryLog } from "./channels-part.ts";
import { type Child, fill, h, icon } from "./dom.ts";
import { noteEdits, unlessEdited } from "./edited-forms.ts";
import { follow } from "./live.ts";
import { busy, emptyState, load, notice, show } from "./notices.ts";
import { ownDevice } from "./own-push.ts";
import { qrView } from "./qr-view.ts";
import { quietHoursPart } from "./quiet-hours-part.ts";
import { type KnownDevice, thisDevice } from "./this-device.ts";
import { plural, time, visible } from "./words.ts";

export async function notificationsPage(): Promise<void> {
  const look = async (): Promise<void> => {
    const [page, channels] = await Promise.all([
      get<NotificationsPage>("/api/push"),
      get<ChannelsPage>("/api/channels"),
    ]);
    draw(page, channels, await ownDevice(page.devices), () => void load(look));
  };
  await load(look);
  noteEdits();
  follow(["gate.channel_links", "gate.deliveries", "gate.policies"], () => {
    // What somebody is typing must not be pulled away from under them.
    if (document.querySelector("dialog[open]") === null && !isTyping()) void load(look);
  });
}

function isTyping(): boolean {
  return document.activeElement?.matches("input, select, textarea") ?? false;
}

function draw(
  page: NotificationsPage,
  channels: ChannelsPage,
  own: KnownDevice | null,
  again: () => void,
): void {
  const phone = isPhone() ? null : phonePart(page);
  // At a computer with a phone still to come, the way to the phone comes first.
  const phoneFirst = phone !== null && page.phone !== null && page.devices.length === 0;
  show(
    phoneFirst && phone,
    thisDevice(page, own, again),
    !phoneFirst && phone,
    h(
      "section",
      { "aria-labelledby": "devices" },
      h(
        "h2.section",
        { id: "devices" },
        "Devices that ring",
        page.devices.length > 0 && h("span.section-count", {}, page.devices.length),
      ),
      page.devices.length === 0
        ? emptyState(
            "bell",
            "No device rings yet",
            "Open this page on your phone and let it ring: then you can sleep, and still be asked.",
          )
        : [
            h(
              "ul.list",
              {},
              page.devices.map((device) => row(device, again)),
            ),
            testPart(again),
          ],
    ),
    channelsPart(channels, again),
    page.devices.length + channels.links.length > 0 && [
      unlessEdited(quietHoursPart(page, again)),
      unlessEdited(attentionPart(channels, again)),
      unlessEdited(briefingPart(channels, page.devices.length > 0, again)),
    ],
    deliveryLog(channels),
  );
}

function isPhone(): boolean {
  return /iPhone|iPad|Android/.test(navigator.userAgent);
}

/** The way to a phone, or plainly why there is none yet. */
function phonePart({ phone }: NotificationsPage): HTMLElement {
  if (phone === null)
    return notice(
      "quiet",
      "phone",
      h(
        "p",
        {},
        h("b", {}, "A phone needs a name that leads here."),
        ` ${window.location.hostname} is this computer's own. Give web and the gate https names of their own (docs/operating.md, Names and TLS), before you have many passkeys: they are bound to the gate's name. Until then this computer can be your device.`,
      ),
    );
  return h(
    "section.card",
    { "aria-labelledby": "phone" },
    h("h2", { id: "phone" }, "Your phone"),
    h("p", {}, "Point its camera here. It opens this page on the phone, where the same three steps wait."),
    qrView(phone.qr, "The address of this page as a QR code, for a phone's camera"),
    h("p", {}, h("code.link-text", {}, phone.address)),
    h(
      "p.hint",
      {},
      "A passkey that your phone shares with this computer signs in there. If it has none, ",
      h("a", { href: "/passkeys#add" }, "make one for the phone"),
      " first.",
    ),
  );
}

function row(device: NotificationsPage["devices"][number], again: () => void): HTMLElement {
  const problems = h("div");
  const remove = h(
    "button.button.small.plain",
    { type: "button", "aria-label": `Stop ringing ${device.device}` },
    icon("trash"),
  );
  remove.addEventListener("click", () => {
    void busy(remove, problems, async () => {
      await post("/api/push/unsubscribe", { id: device.id });
      again();
    });
  });
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon("phone")),
      h(
        "span.row-main",
        {},
        h("span.row-title", {}, visible(device.device === "" ? "A device" : device.device)),
        h(
          "span.row-meta",
          {},
          h("span", {}, "since ", time(device.createdAt)),
          device.shownAt !== null && h("span", {}, "rang ", time(device.shownAt)),
          device.selfTest !== null && h("span", {}, selfTestWords(device.selfTest)),
          device.testedAt !== null && device.failedAt === null && h("span.badge.good", {}, "ready"),
          device.failedAt !== null && h("span.badge.bad", {}, "could not be reached"),
        ),
      ),
      h("span.row-actions", {}, remove),
    ),
    problems,
  );
}

/** "Your phone got it in 1.8 s". */
function selfTestWords({ at, shownMs }: { at: string; shownMs: number | null }): Child {
  return shownMs === null
    ? ["has not shown the test of ", time(at)]
    : `got the last test in ${(shownMs / 1000).toFixed(1)} s`;
}

/** How long a device is waited for after a test, and how often the gate is asked. */
const SHOWN_MS_MAX = 30_000;
const SHOWN_LOOK_MS = 1_000;

/** Looks until every device has said that it showed the test, or for as long as a person watches. */
async function watchShown(before: NotificationsPage, shownAll: () => void): Promise<void> {
  const earlier = new Map(before.devices.map((device) => [device.id, device.shownAt]));
  for (let waited = 0; waited < SHOWN_MS_MAX; waited += SHOWN_LOOK_MS) {
    await new Promise((resolve) => window.setTimeout(resolve, SHOWN_LOOK_MS));
    const { devices } = await get<NotificationsPage>("/api/push");
    if (devices.every((device) => device.shownAt !== null && device.shownAt !== earlier.get(device.id)))
      return shownAll();
  }
}

function testPart(again: () => void): Child {
  const place = h("div", { "aria-live": "polite" });
  const button = h("button.button", { type: "button" }, icon("send"), "Send a test");
  button.addEventListener("click", () => {
    void busy(button, place, async () => {
      const before = await get<NotificationsPage>("/api/push");
      const { results } = await post<{ results: { device: string; sent: boolean; detail: string }[] }>(
        "/api/push/test",
        {},
      );
      const failed = results.filter((result) => !result.sent);
      fill(
        place,
        failed.length === 0
          ? notice(
              "good",
              "good",
              h(
                "p",
                {},
                `Sent to ${plural(results.length, "device")}. It should ring within a second or two; the list then says when it rang.`,
              ),
            )
          : notice(
              "bad",
              "bad",
              failed.map((result) =>
                h(
                  "p",
                  {},
                  h("b", {}, visible(result.device === "" ? "A device" : result.device)),
                  ": ",
                  visible(result.detail),
                ),
              ),
            ),
      );
      if (failed.length === 0)
        watchShown(before, again).catch((error: unknown) => console.warn("The test was not watched.", error));
    });
  });
  return h("div.after-list", {}, button, place);
}
