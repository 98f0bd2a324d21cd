/**
 * A browser that is rung for real: Chromium without its vendor's push service, so the subscription is one of the test's own push service, and
 * what that decrypts is handed to the page's service worker (CDP), which shows it and tells the gate.
 */
import type { CDPSession } from "@playwright/test";
import type { PushService } from "./fake-internet/push-service.ts";
import type { Person } from "./person.ts";

export interface ShownNotification {
  title: string;
  body: string;
  tag: string;
  silent: boolean | null;
}

export interface RungBrowser {
  /** What this browser shows now, of the gate. */
  shown(): Promise<ShownNotification[]>;
  stop(): void;
}

const FORWARD_EVERY_MS = 50;

/** To be called before the page opens the gate; the person may be signed in already. */
export async function ringBrowser(person: Person, gate: string, service: PushService): Promise<RungBrowser> {
  const { context, page } = person;
  await context.grantPermissions(["notifications"], { origin: gate });
  await context.addInitScript(subscribeTo, service.subscription);
  const cdp = await context.newCDPSession(page);
  const registration = registrationOf(cdp, gate);
  await cdp.send("ServiceWorker.enable");
  let next = 0;
  let busy = false;
  const forward = async (): Promise<void> => {
    if (busy || next >= service.received.length) return;
    busy = true;
    const registrationId = await registration;
    for (; next < service.received.length; next += 1) {
      const data = JSON.stringify(service.received[next]?.message);
      await cdp.send("ServiceWorker.deliverPushMessage", { origin: gate, registrationId, data });
    }
    busy = false;
  };
  // A page that closed takes its session along: then nobody is left to be told.
  const timer = setInterval(() => void forward().catch(() => clearInterval(timer)), FORWARD_EVERY_MS);
  return {
    shown: async () =>
      await page.evaluate(async () =>
        (await (await navigator.serviceWorker.ready).getNotifications()).map(
          ({ title, body, tag, silent }) => ({ title, body, tag, silent }),
        ),
      ),
    stop: () => clearInterval(timer),
  };
}

async function registrationOf(cdp: CDPSession, gate: string): Promise<string> {
  return await new Promise((resolve) =>
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const found = registrations.find(({ scopeURL }) => scopeURL.startsWith(gate));
      if (found) resolve(found.registrationId);
    }),
  );
}

/** Runs in each page: what the browser's own push service would answer. */
function subscribeTo(subscription: { endpoint: string; keys: Record<string, string> }): void {
  const KEY = "subscribed at the test's push service";
  const made = { endpoint: subscription.endpoint, toJSON: () => subscription, unsubscribe: async () => true };
  Object.assign(PushManager.prototype, {
    subscribe: async () => {
      localStorage.setItem(KEY, "yes");
      return made;
    },
    getSubscription: async () => (localStorage.getItem(KEY) === null ? null : made),
  });
}
