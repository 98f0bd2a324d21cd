/** Makes this very device one that a night can be trusted to: it is let ring, it has rung, and a passkey has signed a test on it. */
import type { NotificationsPage } from "../wire.ts";
import { get, post } from "./api.ts";
import { type Child, fill, h, icon } from "./dom.ts";
import { busy, notice } from "./notices.ts";
import { letRing, pushWorks } from "./own-push.ts";
import { usePasskey } from "./passkey.ts";
import { deviceName, time } from "./words.ts";

export type KnownDevice = NotificationsPage["devices"][number];

/** How long a device is waited for after a test, and how often the gate is asked. */
const SHOWN_MS_MAX = 30_000;
const SHOWN_LOOK_MS = 1_000;

export function thisDevice(page: NotificationsPage, own: KnownDevice | null, again: () => void): HTMLElement {
  if (own !== null && own.testedAt !== null)
    return ready(own.testedAt, "It rang, and your passkey signed a test on it.");
  const looked = page.computers.find((each) => each.device === deviceName());
  if (own !== null || looked === undefined) return stepsCard(page, own, again);
  const words = "Your passkey works on it. It does not ring: holds wait here until you look.";
  return h("div.stack", {}, ready(looked.testedAt, words), pushWorks() && stepsCard(page, null, again));
}

function stepsCard(page: NotificationsPage, own: KnownDevice | null, again: () => void): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const current = own === null ? 0 : own.shownAt === null ? 1 : 2;
  return h(
    "section.card",
    { "aria-labelledby": "this-device" },
    h("h2", { id: "this-device" }, "This device"),
    steps(current),
    own === null
      ? ringPart(page, problems, again)
      : own.shownAt === null
        ? testPart(own, problems, again)
        : signPart(own, problems, again),
    problems,
  );
}

function ready(testedAt: string, words: string): HTMLElement {
  const back = document.body.dataset["return"];
  return notice(
    "good",
    "good",
    h("p", {}, h("b", {}, "This device is ready."), ` ${words} `, h("span.quiet", {}, time(testedAt))),
    back !== undefined && h("div.actions", {}, h("a.button.small", { href: back }, "Go on", icon("forward"))),
  );
}

const STEPS: readonly (readonly [string, string])[] = [
  ["Ring", " the browser lets the gate notify you"],
  ["Rang", " a test notification has been shown"],
  ["Signed", " your passkey works here"],
];

function steps(current: number): HTMLElement {
  return h(
    "ol.steps",
    {},
    STEPS.map(([name, words], at) =>
      h("li", { "aria-current": at === current ? "step" : null }, h("b", {}, name), words),
    ),
  );
}

function ringPart(page: NotificationsPage, problems: HTMLElement, again: () => void): Child {
  if (!pushWorks())
    return [
      h(
        "p",
        {},
        "This browser cannot be rung as it is. On an iPhone or iPad: share, Add to Home Screen, and open the gate from there.",
      ),
      lookPart(problems, again),
    ];
  if (Notification.permission === "denied")
    return [
      h(
        "p",
        {},
        "Notifications are blocked for this address. Allow them in the browser's settings for this page, then reload.",
      ),
      lookPart(problems, again),
    ];
  const button = h("button.button.primary", { type: "button" }, icon("bell"), "Let this device ring");
  button.addEventListener("click", () => {
    void busy(button, problems, async () => {
      await letRing(page.publicKey);
      again();
    });
  });
  return [
    h(
      "p",
      {},
      "You are asked once by the browser. The message says, for example: atlas wants to push 3 commits to acme/shop main.",
    ),
    h("div.actions", {}, button),
    page.phone === null && lookPart(problems, again),
  ];
}

/** The honest way on without anything that rings. */
function lookPart(problems: HTMLElement, again: () => void): Child {
  const button = h("button.button.small", { type: "button" }, icon("passkey"), "This computer is my device");
  button.addEventListener("click", () => void busy(button, problems, async () => await sign(null, again)));
  return [
    h(
      "p.hint",
      {},
      "Nothing to ring? Then holds wait until you open this page. Sign a test, so that it is certain that you can decide here.",
    ),
    h("div.actions", {}, button),
  ];
}

function testPart(own: KnownDevice, problems: HTMLElement, again: () => void): Child {
  const waiting = h("p.hint", { "aria-live": "polite" });
  const button = h("button.button.primary", { type: "button" }, icon("send"), "Ring this device now");
  button.addEventListener("click", () => {
    void busy(button, problems, async () => {
      const { results } = await post<{ results: { sent: boolean; detail: string }[] }>("/api/push/test", {
        id: own.id,
      });
      const failed = results.find((result) => !result.sent);
      if (failed !== undefined) throw new Error(failed.detail);
      fill(waiting, "Sent. Waiting for this device to show it.");
      if (await shownWithin(own.id)) return again();
      fill(waiting);
      throw new Error(
        "It was sent, and this device has not shown it. Look whether the system keeps this browser silent (do not disturb, battery saving), and ring again.",
      );
    });
  });
  return [
    h(
      "p",
      {},
      "The gate may ring this device. Now see that it does: a notification should appear within seconds.",
    ),
    h("div.actions", {}, button),
    waiting,
  ];
}

async function shownWithin(id: string): Promise<boolean> {
  for (let waited = 0; waited < SHOWN_MS_MAX; waited += SHOWN_LOOK_MS) {
    const { devices } = await get<NotificationsPage>("/api/push");
    if (devices.some((device) => device.id === id && device.shownAt !== null)) return true;
    await new Promise((resolve) => window.setTimeout(resolve, SHOWN_LOOK_MS));
  }
  return false;
}

function signPart(own: KnownDevice, problems: HTMLElement, again: () => void): Child {
  const button = h("button.button.primary", { type: "button" }, icon("passkey"), "Sign a test");
  button.addEventListener("click", () => void busy(button, problems, async () => await sign(own.id, again)));
  return [
    h("p", {}, "It rang. The last thing to try is your passkey: this signature approves nothing."),
    h("div.actions", {}, button),
  ];
}

async function sign(id: string | null, again: () => void): Promise<void> {
  const options = await post<unknown>("/api/push/sign/begin", { id, device: deviceName() });
  const answer = await usePasskey(options);
  await post("/api/push/sign/finish", { answer });
  again();
}
