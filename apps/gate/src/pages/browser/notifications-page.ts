/** Which devices ring. A message carries the gate's one sentence and the hold's id; deciding happens on the gate's page and nowhere else. */
import type { NotificationsPage } from "../wire.ts";
import { get, post } from "./api.ts";
import { type Child, fill, h, icon } from "./dom.ts";
import { busy, emptyState, load, notice, show } from "./notices.ts";
import { deviceName, plural, time, visible } from "./words.ts";

export async function notificationsPage(): Promise<void> {
  const look = async (): Promise<void> => {
    const page = await get<NotificationsPage>("/api/push");
    draw(page, await ownSubscription(), () => void load(look));
  };
  await load(look);
}

function pushWorks(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

async function ownSubscription(): Promise<PushSubscription | null> {
  if (!pushWorks()) return null;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Under which id the gate knows this browser; what the gate has forgotten does not ring, whatever the browser believes. */
const OWN_ID = "push device";

function draw(page: NotificationsPage, own: PushSubscription | null, again: () => void): void {
  show(
    thisDevice(page, own, again),
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
  );
}

function thisDevice(page: NotificationsPage, own: PushSubscription | null, again: () => void): HTMLElement {
  if (!pushWorks())
    return notice(
      "warn",
      "warning",
      h(
        "p",
        {},
        h("b", {}, "This browser cannot be rung as it is."),
        " On an iPhone or iPad: share, Add to Home Screen, and open the gate from there.",
      ),
    );
  if (Notification.permission === "denied")
    return notice(
      "warn",
      "warning",
      h(
        "p",
        {},
        h("b", {}, "Notifications are blocked for this address."),
        " Allow them in the browser's settings for this page, then reload.",
      ),
    );
  if (own !== null && page.devices.some((device) => device.id === window.localStorage.getItem(OWN_ID)))
    return notice(
      "good",
      "bell",
      h("p", {}, h("b", {}, "This device rings"), " when something waits for you."),
    );
  const problems = h("div", { "aria-live": "assertive" });
  const button = h("button.button.primary", { type: "button" }, icon("bell"), "Let this device ring");
  button.addEventListener("click", () => {
    void busy(button, problems, async () => {
      await enable(page.publicKey);
      again();
    });
  });
  return h(
    "section.card",
    { "aria-labelledby": "this-device" },
    h("h2", { id: "this-device" }, "This device"),
    h(
      "p",
      {},
      "You are asked once by the browser. The message says, for example: atlas wants to push 3 commits to acme/shop main.",
    ),
    h("div.actions", {}, button),
    problems,
  );
}

async function enable(publicKey: string): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error(
      "The browser did not allow notifications. Allow them in its settings for this page, and try again.",
    );
  const registration = await navigator.serviceWorker.ready;
  // One that was made for another key (the gate was set up anew) would stand in the way.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const subscription = await registration.pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
    .catch((cause: unknown) => {
      throw new Error(
        "The browser's push service cannot be reached from here. Check the connection and try again.",
        { cause },
      );
    });
  const { endpoint, keys } = subscription.toJSON();
  const { id } = await post<{ id: string }>("/api/push/subscribe", {
    endpoint,
    p256dh: keys?.["p256dh"],
    auth: keys?.["auth"],
    device: deviceName(),
  });
  window.localStorage.setItem(OWN_ID, id);
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
          device.failedAt !== null && h("span.badge.bad", {}, "could not be reached"),
        ),
      ),
      h("span.row-actions", {}, remove),
    ),
    problems,
  );
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
