// Web's origin in an attacker's hands, in a real Chromium beside a signed-in approver: windows, frames, forms, cookies and links at the gate.
import type { Page } from "@playwright/test";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { ORIGIN } from "../testing/test-core.ts";
import type { Phone } from "./testing/browser.ts";
import { type Evening, openEvening } from "./testing/evening.ts";
import { WEB_ORIGIN } from "./testing/pages-world.ts";

const SLOW_MS = 60_000;
let evening: Evening;
let phone: Phone;
let page: Page;
let hold: string;
let asked: string[];

beforeAll(async () => {
  evening = await openEvening(inject("postgres"));
  phone = await evening.phone();
  hold = (await evening.hold({ agentWords: "Routine." })).id;
  // The attacker's own page, on web's origin.
  await phone.context.unroute(`${WEB_ORIGIN}/**`);
  await phone.context.route(`${WEB_ORIGIN}/**`, async (route) => {
    await route.fulfill({
      contentType: "text/html",
      body: "<title>web</title><p>Approve the README change</p>",
    });
  });
  phone.context.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
}, SLOW_MS);
afterAll(async () => {
  await phone?.context.close();
  await evening?.close();
});
beforeEach(async () => {
  asked = [];
  page = await phone.context.newPage();
  await page.goto(`${WEB_ORIGIN}/`);
});

afterEach(async () => await page.close());

const state = async (): Promise<string> =>
  (await evening.world.gate.core.holds.get(evening.ada.organization, hold)).state;

describe("W9: web's page, and the gate in a window that it opened", () => {
  test.each(["", "popup,width=300,height=200"])(
    "has no hold of it: it cannot read, move, close or write to it (%j)",
    async (features) => {
      const opening = phone.context.waitForEvent("page");
      await page.evaluate(
        ([url, how]) => void Object.assign(window, { gate: window.open(url, "gate", how) }),
        [`${ORIGIN}/holds/${hold}`, features] as const,
      );
      const opened = await opening;
      await opened.locator(".approve:enabled").waitFor();
      // COOP has cut the two apart: for its opener the window is gone, for the window there was no opener.
      const seen = await page.evaluate(() => {
        const { gate } = window as unknown as { gate: Window };
        gate.postMessage("approve", "*");
        gate.close();
        return { closed: gate.closed, frames: gate.length };
      });
      expect(seen).toEqual({ closed: true, frames: 0 });
      expect(opened.isClosed()).toBe(false);
      expect(await opened.evaluate(() => window.opener === null)).toBe(true);
      expect(opened.url()).toBe(`${ORIGIN}/holds/${hold}`);
      await opened.close();
      expect(await state()).toBe("pending");
    },
  );

  test("in no kind of frame is there a page of the gate", async () => {
    await page.evaluate((url) => {
      for (const name of ["iframe", "embed", "object"]) {
        const frame = document.createElement(name);
        frame.setAttribute(name === "object" ? "data" : "src", url);
        document.body.append(frame);
      }
    }, `${ORIGIN}/holds/${hold}`);
    await expect.poll(() => page.frames()[1]?.url()).toBe("chrome-error://chromewebdata/");
    await expect.poll(() => asked.filter((line) => line.includes("/holds/")).length).toBeGreaterThan(0);
    for (const frame of page.frames().slice(1)) expect(frame.url()).not.toContain("/holds/");
  });
});

describe("A3: with the approver's cookie in the browser, web's page", () => {
  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])(
    "posts a form to the gate in vain: %s",
    async (encoding) => {
      const answered = page.waitForResponse((response) => response.url().includes("/api/"));
      await page.evaluate(
        ([action, type]) => {
          const form = document.createElement("form");
          Object.assign(form, { action, method: "post", enctype: type });
          const field = document.createElement("input");
          Object.assign(field, { name: '{"verdict":"approve","words":"', value: '","ticked":[]}' });
          form.append(field);
          document.body.append(form);
          form.submit();
        },
        [`${ORIGIN}/api/holds/${hold}/decision/begin`, encoding] as const,
      );
      expect((await answered).status()).toBe(403);
      expect(await state()).toBe("pending");
    },
  );

  test("reads nothing with fetch, an image, a script or a style, and starts no ceremony", async () => {
    const got = await page.evaluate(
      async ([origin, id]) => {
        const attempt = async (work: () => Promise<unknown>): Promise<string> => {
          try {
            return JSON.stringify(await work());
          } catch {
            return "refused";
          }
        };
        const element = async (name: string, field: string): Promise<unknown> =>
          await new Promise((resolve, reject) => {
            const made = document.createElement(name);
            Object.assign(made, {
              onload: resolve,
              onerror: reject,
              rel: "stylesheet",
              [field]: `${origin}/api/holds`,
            });
            document.head.append(made);
          });
        return await Promise.all([
          attempt(async () => await (await fetch(`${origin}/api/holds`, { credentials: "include" })).text()),
          attempt(
            async () =>
              await (await fetch(`${origin}/api/me`, { credentials: "include", mode: "no-cors" })).text(),
          ),
          attempt(
            async () =>
              await (
                await fetch(`${origin}/api/holds/${id}/decision/begin`, {
                  method: "POST",
                  credentials: "include",
                  headers: { "content-type": "application/json" },
                  body: '{"verdict":"approve","words":"","ticked":[]}',
                })
              ).text(),
          ),
          attempt(async () => await element("script", "src")),
          attempt(async () => await element("link", "href")),
          attempt(
            async () =>
              await new Promise((resolve, reject) => {
                const stream = new EventSource(`${origin}/api/events`, { withCredentials: true });
                Object.assign(stream, { onmessage: resolve, onopen: resolve, onerror: reject });
              }),
          ),
          attempt(
            async () =>
              await navigator.credentials.get({
                publicKey: { challenge: new Uint8Array(32), rpId: "gate.localhost" },
              }),
          ),
        ]);
      },
      [ORIGIN, hold] as const,
    );
    expect(got).toEqual(got.map(() => "refused"));
    expect(await state()).toBe("pending");
  });

  test("plants no cookie at the gate, and takes none away", async () => {
    const before = await phone.context.cookies(ORIGIN);
    await page.evaluate(() => {
      for (const domain of ["localhost", ".localhost", "gate.localhost", "web.localhost"])
        document.cookie = `nightgate-gate=tossed; path=/; domain=${domain}`;
      document.cookie = "nightgate-gate=; path=/; domain=gate.localhost; max-age=0";
      for (let at = 0; at < 300; at += 1) document.cookie = `filler${at}=x; domain=localhost`;
    });
    expect(await phone.context.cookies(ORIGIN)).toEqual(before);
    await page.goto(`${ORIGIN}/holds/${hold}`);
    await page.locator(".approve:enabled").waitFor();
  });
});

describe("W2: a link that speaks for the action", () => {
  test.each([
    "?title=Fix+a+typo&verb=Read&target=README.md",
    "?return=https://evil.example/phish&return=%2F%2Fevil.example",
    "?return=javascript:alert(1)&approve=1#approve",
    "?state=x&challenge=y#:~:text=Routine",
  ])("changes nothing of what the gate shows, leads nowhere else, and presses nothing: %s", async (query) => {
    await page.evaluate((url) => window.location.assign(url), `${ORIGIN}/holds/${hold}${query}`);
    await page.locator(".approve:enabled").waitFor();
    await page.getByText("atlas wants to push 1 commit to acme/shop main").first().waitFor();
    const text = await page.locator("body").innerText();
    expect(text).not.toMatch(/typo|README\.md|evil/);
    expect(await page.locator('a[href*="evil"], a[href^="javascript"]').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
    expect(asked.filter((line) => line.startsWith("POST") || / https?:\/\/evil/.test(line))).toEqual([]);
    expect(await state()).toBe("pending");
  });
});

test("the gate's service worker is the gate's alone: web's page neither has it nor replaces it", async () => {
  const tried = await page.evaluate(async (origin) => {
    const attempt = async (url: string): Promise<string> =>
      await navigator.serviceWorker.register(url, { scope: `${origin}/` }).then(
        () => "done",
        () => "refused",
      );
    return [
      await attempt(`${origin}/service-worker.js`),
      await attempt("/evil.js"),
      (await navigator.serviceWorker.getRegistrations()).length,
    ];
  }, ORIGIN);
  expect(tried).toEqual(["refused", "refused", 0]);
  // And of its own origin it serves nothing from a store: what is shown before a signature comes from the gate, or not at all.
  await page.goto(`${ORIGIN}/holds/${hold}`);
  await page.locator(".approve:enabled").waitFor();
  expect(await page.evaluate(async () => (await caches.keys()).length)).toBeLessThanOrEqual(1);
});

test.each([
  ["shorter", -1],
  ["of the same length, with another root", 0],
  ["longer, with another past", 5],
])(
  "L3: a browser that has seen the log is shown a fork that is %s: it says so, and approves nothing",
  async (_how, more) => {
    await page.goto(`${ORIGIN}/holds/${hold}`);
    await page.locator(".approve:enabled").waitFor();
    const key = `checkpoint ${evening.ada.organization}`;
    const seen = async (): Promise<string> =>
      await page.evaluate((at) => window.localStorage.getItem(at) ?? "", key);
    const before = await seen();
    const { receipts } = evening.world.gate.core;
    const lines = (await receipts.checkpoint(evening.ada.organization)).split("\n");
    const forked = lines
      .with(1, String(Number(lines[1]) + more))
      .with(2, Buffer.alloc(32, 7).toString("base64"));
    const lie = { key: receipts.publicKey, checkpoint: forked.join("\n"), rootAtSeen: "07".repeat(32) };
    await page.route("**/api/audit/checkpoint?*", async (route) => await route.fulfill({ json: lie }));
    await page.reload();
    await page.getByText("This log is not the one that this browser has seen.").waitFor();
    expect(await page.getByRole("button", { name: "Approve" }).isDisabled()).toBe(true);
    // What contradicts is not kept: the next look warns as well.
    expect(await seen()).toBe(before);
  },
);
