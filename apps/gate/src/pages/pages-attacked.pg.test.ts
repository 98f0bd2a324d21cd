// The gate's pages in a real Chromium: what an agent's words, another page, a stray tap and a forged message try.
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { ORIGIN, settled } from "../testing/test-core.ts";
import { type Phone } from "./testing/browser.ts";
import { type Evening, openEvening } from "./testing/evening.ts";
import { WEB_ORIGIN } from "./testing/pages-world.ts";
import { hostileView, MARKUP } from "./testing/push-views.ts";

const SLOW_MS = 60_000;
/** A busy machine takes its time; what does not come at all is what fails. */
const SOON = { timeout: 15_000 };
let evening: Evening;
let phone: Phone;
beforeAll(async () => {
  evening = await openEvening(inject("postgres"));
}, SLOW_MS);
afterAll(async () => await evening.close());
beforeEach(async () => {
  phone = await evening.phone();
});
afterEach(async () => await phone.context.close());

test(
  "what an agent writes is text: no markup, no script, nothing hidden, nothing reordered (attacks W10, S3, N6)",
  async () => {
    const push = await evening.hold({
      view: hostileView(),
      agentWords: `${MARKUP.join("\n")}\n\u202EURGENT\u202C`,
      card: {
        title: `atlas wants to push to ${MARKUP[0]}`,
        target: MARKUP[1] ?? "",
        verb: MARKUP[2] ?? "",
        facts: [{ label: "Branch", value: `${MARKUP[0]}\u202E` }],
        flags: [{ level: "danger", code: "x", text: MARKUP[6] ?? "", path: `\u202E${MARKUP[0]}` }],
        undrawn: [{ what: MARKUP[0] ?? "", bytes: 5, digest: "ab".repeat(32) }],
      },
    });
    for (const path of ["/holds", `/holds/${push.id}`]) {
      await phone.page.goto(ORIGIN + path);
      await phone.page
        .getByText(MARKUP[0] ?? "")
        .first()
        .waitFor();
      const found = await phone.page.evaluate(() => ({
        owned: (globalThis as { __owned?: unknown }).__owned,
        planted: document.querySelectorAll(
          "main img, main iframe, main script, main [onload], main [onerror], a[href*=evil]",
        ).length,
        hidden: /[\u202a-\u202e\u2066-\u2069\u200b\r]/u.test(document.body.textContent ?? ""),
      }));
      expect(found).toEqual({ planted: 0, hidden: false });
    }
    await phone.page.getByText("Written by the agent. The gate has not checked it.").waitFor();
    expect(await phone.page.locator(".line-text .escape").first().textContent()).toBe("U+202E");
    expect(await phone.page.locator(".file .foreign").first().textContent()).toBe("\u0430");
    expect(phone.complaints).toEqual([]);
  },
  SLOW_MS,
);

test("a string never becomes markup or code on a gate page (Trusted Types)", async () => {
  await phone.page.goto(`${ORIGIN}/holds`);
  const tried = await phone.page.evaluate(() => {
    const attempt = (work: () => void): string => {
      try {
        work();
        return "done";
      } catch (error) {
        return error instanceof TypeError || error instanceof EvalError ? "refused" : String(error);
      }
    };
    return [
      attempt(() => (document.body.innerHTML = "<b>x</b>")),
      attempt(() => document.write("<b>x</b>")),
      attempt(() => document.createElement("div").insertAdjacentHTML("beforeend", "<b>x</b>")),
      attempt(() => (document.createElement("script").src = "/x.js")),
      attempt(
        () =>
          void (
            window as unknown as { trustedTypes: { createPolicy(name: string, rules: object): object } }
          ).trustedTypes.createPolicy("mine", {}),
      ),
      attempt(() => void new Worker("/x.js")),
    ];
  });
  expect(tried).toEqual(["refused", "refused", "refused", "refused", "refused", "refused"]);
});

test("no page puts the gate into a frame (attack W9)", async () => {
  await phone.context.route(
    `${WEB_ORIGIN}/**`,
    async (route) =>
      await route.fulfill({ contentType: "text/html", body: `<iframe src="${ORIGIN}/holds"></iframe>` }),
  );
  await phone.page.goto(`${WEB_ORIGIN}/`);
  await expect.poll(() => phone.page.frames()[1]?.url(), SOON).toBe("chrome-error://chromewebdata/");
});

test(
  "Approve has no focus and no key, needs a person's own click, and opens only when all of it is on the page and ticked (attack W18, invariant 3)",
  async () => {
    const push = await evening.hold({
      card: {
        undrawn: [
          { what: "logo.png", bytes: 900, digest: "aa".repeat(32) },
          { what: "font.woff2", bytes: 9000, digest: "bb".repeat(32) },
        ],
      },
    });
    const { page } = phone;
    await page.goto(`${ORIGIN}/holds/${push.id}`);
    const approve = page.getByRole("button", { name: "Approve" });
    await page.getByText("2 ticks left above").waitFor();
    expect(await approve.isDisabled()).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
    await page.getByRole("checkbox").first().check();
    await page.getByText("1 tick left above").waitFor();
    expect(await approve.isDisabled()).toBe(true);
    await page.getByRole("checkbox").nth(1).check();
    await page.locator(".approve:enabled").waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (const key of ["Enter", "Space", "a", "y"]) await page.keyboard.press(key);
    await page.evaluate(() => document.querySelector<HTMLButtonElement>(".approve")?.click());
    await page.waitForTimeout(500);
    expect((await evening.world.gate.core.holds.get(evening.ada.organization, push.id)).state).toBe(
      "pending",
    );
    await approve.click();
    await page.getByText("Done: exactly this has arrived.").waitFor();
    expect((await settled(evening.world.gate, evening.ada, push.id)).state).toBe("released");
    expect(evening.world.pushes.sent.filter((digest) => digest === push.actionDigest)).toHaveLength(1);
    expect(phone.complaints).toEqual([]);
  },
  SLOW_MS,
);

test(
  "Approve stays shut while the action is still loading",
  async () => {
    const push = await evening.hold();
    await phone.page.route(`${ORIGIN}/api/holds/${push.id}`, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await route.continue();
    });
    await phone.page.goto(`${ORIGIN}/holds/${push.id}`);
    expect(await phone.page.getByRole("button", { name: "Approve" }).count()).toBe(0);
    await phone.page.locator(".approve:enabled").waitFor();
  },
  SLOW_MS,
);

test(
  "a second tab that decides too late is told so, and nothing is sent twice",
  async () => {
    const push = await evening.hold();
    await phone.page.route("**/api/events", async (route) => await route.abort());
    await phone.page.goto(`${ORIGIN}/holds/${push.id}`);
    await phone.page.locator(".approve:enabled").waitFor();
    await evening.rejectElsewhere(push.id);
    await phone.page.getByRole("button", { name: "Approve" }).click();
    await phone.page.locator(".decide .problem").waitFor();
    expect((await evening.world.gate.core.holds.get(evening.ada.organization, push.id)).state).toBe(
      "rejected",
    );
    expect(evening.world.pushes.sent).not.toContain(push.actionDigest);
  },
  SLOW_MS,
);

test(
  "a push message shows the gate's words under the hold's tag, and a tap opens exactly that hold (attacks N1 and N4)",
  async () => {
    const push = await evening.hold();
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
    const deliver = async (message: unknown): Promise<void> => {
      await cdp.send("ServiceWorker.deliverPushMessage", {
        origin: ORIGIN,
        registrationId: await registration,
        data: JSON.stringify(message),
      });
    };
    const shown = async (): Promise<{ title: string; tag: string; hold: unknown; actions: number }[]> =>
      await page.evaluate(async () =>
        (await (await navigator.serviceWorker.ready).getNotifications()).map((each) => ({
          title: each.title,
          tag: each.tag,
          hold: (each.data as { hold: unknown }).hold,
          actions: (each as unknown as { actions: unknown[] }).actions.length,
        })),
      );
    await deliver({
      title: "atlas wants to push 3 commits",
      body: "Read it and decide.",
      hold: push.id,
      tag: push.id,
      quiet: false,
    });
    await expect
      .poll(shown, SOON)
      .toEqual([{ title: "atlas wants to push 3 commits", tag: push.id, hold: push.id, actions: 0 }]);
    await deliver({
      title: "Done: atlas wants to push 3 commits",
      body: "",
      hold: push.id,
      tag: push.id,
      quiet: true,
    });
    await expect
      .poll(shown, SOON)
      .toEqual([expect.objectContaining({ title: "Done: atlas wants to push 3 commits", tag: push.id })]);
    await deliver({
      title: "x",
      hold: "https://evil.example/H-00000000",
      tag: "other",
      url: "https://evil.example",
    });
    await expect
      .poll(async () => (await shown()).find((each) => each.tag === "other"), SOON)
      .toMatchObject({ hold: null });
    const [worker] = context.serviceWorkers();
    const opened = await worker?.evaluate(async (tag) => {
      const scope = globalThis as unknown as {
        registration: ServiceWorkerRegistration;
        clients: { openWindow: (url: string) => Promise<unknown> };
        dispatchEvent(event: Event): void;
      };
      const asked: string[] = [];
      scope.clients.openWindow = async (url) => void asked.push(url);
      for (const notification of await scope.registration.getNotifications()) {
        const Clicked = (
          globalThis as unknown as { NotificationEvent: new (name: string, init: object) => Event }
        ).NotificationEvent;
        if (notification.tag === tag || notification.tag === "other")
          scope.dispatchEvent(new Clicked("notificationclick", { notification }));
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
      return asked;
    }, push.id);
    // The list is open already: a message without a hold leads there; the other one opens its hold.
    expect(opened).toEqual([`${ORIGIN}/holds/${push.id}`]);
    expect((await evening.world.gate.core.holds.get(evening.ada.organization, push.id)).state).toBe(
      "pending",
    );
  },
  SLOW_MS,
);

test(
  "a log that is shorter or other than this browser has seen is told, and nothing can be approved with it (invariant 11)",
  async () => {
    const push = await evening.hold();
    const { page } = phone;
    await page.goto(`${ORIGIN}/holds/${push.id}`);
    await page.locator(".approve:enabled").waitFor();
    const key = `checkpoint ${evening.ada.organization}`;
    const kept = await page.evaluate((at) => window.localStorage.getItem(at), key);
    expect(JSON.parse(kept ?? "{}")).toMatchObject({
      size: expect.any(Number) as number,
      root: expect.any(String) as string,
    });
    await page.evaluate(
      (at) => window.localStorage.setItem(at, JSON.stringify({ size: 1_000_000, root: "other" })),
      key,
    );
    await page.reload();
    await page.getByText("This log is not the one that this browser has seen.").waitFor();
    expect(await page.getByRole("button", { name: "Approve" }).isDisabled()).toBe(true);
    await page.reload();
    await page.getByText("This log is not the one that this browser has seen.").waitFor();
  },
  SLOW_MS,
);
