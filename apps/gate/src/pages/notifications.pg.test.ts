// Notifications in a real Chromium: one about a run leads to its job by the gate's own address, and one about a decided hold is taken back.
import { newId } from "@nightgate/shared/ids";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { ORIGIN } from "../testing/test-core.ts";
import type { Phone } from "./testing/browser.ts";
import { type Evening, openEvening } from "./testing/evening.ts";
import { WEB_ORIGIN } from "./testing/pages-world.ts";

const SLOW_MS = 60_000;
const SOON = { timeout: 20_000 };
let evening: Evening;
let phone: Phone;
let deliver: (message: unknown) => Promise<void>;

beforeAll(async () => {
  evening = await openEvening(inject("postgres"));
}, SLOW_MS);
afterAll(async () => await evening.close());
beforeEach(async () => {
  phone = await evening.phone();
  const { page, context, cdp } = phone;
  await context.grantPermissions(["notifications"], { origin: ORIGIN });
  const registration = new Promise<string>((resolve) =>
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) =>
      registrations.forEach((each) => resolve(each.registrationId)),
    ),
  );
  await cdp.send("ServiceWorker.enable");
  await page.goto(`${ORIGIN}/holds`);
  await page.evaluate(async () => await navigator.serviceWorker.ready);
  deliver = async (message) => {
    const data = JSON.stringify(message);
    await cdp.send("ServiceWorker.deliverPushMessage", {
      origin: ORIGIN,
      registrationId: await registration,
      data,
    });
  };
});
afterEach(async () => await phone.context.close());

const shown = async (): Promise<string[]> =>
  await phone.page.evaluate(async () =>
    (await (await navigator.serviceWorker.ready).getNotifications()).map((each) => each.tag).toSorted(),
  );

const about = (hold: string | null, tag: string): Record<string, unknown> => ({
  title: "t",
  body: "b",
  hold,
  tag,
  quiet: false,
});

test(
  "opening the gate takes back what is decided, and leaves what still waits",
  async () => {
    const [decided, waiting] = [await evening.hold(), await evening.hold()];
    for (const hold of [decided, waiting]) await deliver(about(hold.id, hold.id));
    await deliver(about(null, "of-no-hold"));
    const all = [decided.id, waiting.id, "of-no-hold"].toSorted();
    await expect.poll(shown, SOON).toEqual(all);
    await evening.rejectElsewhere(decided.id);
    await phone.page.goto(`${ORIGIN}/passkeys`);
    await expect.poll(shown, SOON).toEqual(all.filter((tag) => tag !== decided.id));
    expect(phone.complaints).toEqual([]);
  },
  SLOW_MS,
);

test(
  "N4: a message about a run opens the gate's own address, which leads to the job at web and nowhere else",
  async () => {
    const job = newId("job");
    await deliver({ ...about(null, "run"), job });
    await deliver({ ...about(null, "bad"), job: "../../evil.example" });
    await expect.poll(shown, SOON).toEqual(["bad", "run"]);
    const [worker] = phone.context.serviceWorkers();
    const opened = await worker?.evaluate(async () => {
      const scope = globalThis as unknown as {
        registration: ServiceWorkerRegistration;
        clients: { openWindow: (url: string) => Promise<unknown>; matchAll: () => Promise<unknown[]> };
        dispatchEvent(event: Event): void;
        NotificationEvent: new (name: string, init: object) => Event;
      };
      scope.clients.matchAll = async () => [];
      const asked: string[] = [];
      const both = new Promise<void>((resolve) => {
        scope.clients.openWindow = async (url) => {
          if (asked.push(url) === 2) resolve();
        };
      });
      for (const notification of await scope.registration.getNotifications())
        scope.dispatchEvent(new scope.NotificationEvent("notificationclick", { notification }));
      await both;
      return asked.toSorted();
    });
    expect(opened).toEqual([`${ORIGIN}/holds`, `${ORIGIN}/jobs/${job}`]);
    const leads = async (id: string): Promise<string | null> =>
      (await evening.world.ask(`/jobs/${id}`)).headers.get("location");
    expect(await leads(job)).toBe(`${WEB_ORIGIN}/jobs/${job}`);
    expect(await leads("job_x@evil.example")).toBe("/holds");
  },
  SLOW_MS,
);
