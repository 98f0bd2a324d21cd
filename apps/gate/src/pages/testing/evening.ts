/** A gate, its founder with a repository, and a fresh phone for each test: what the browser tests share. */
import { createServer, type Server } from "node:http";
import type { cloneDatabase } from "@nightgate/db/testing";
import type { Browser } from "@playwright/test";
import type { Hold } from "../../core/ports.ts";
import { addRepository } from "../../testing/fake-push.ts";
import { type Founder, found, ORIGIN } from "../../testing/test-core.ts";
import { openBrowser, openPhone, type Phone } from "./browser.ts";
import {
  type HeldPush,
  openPagesWorld,
  type PagesWorld,
  WEB_ORIGIN,
  type WorldOptions,
} from "./pages-world.ts";

export interface Evening {
  world: PagesWorld;
  browser: Browser;
  ada: Founder;
  /** Opens a held push of a commit that was not held before. */
  hold(push?: Omit<HeldPush, "commit">): Promise<Hold>;
  /** A phone with the founder's passkey, signed in. */
  phone(): Promise<Phone>;
  /** The same passkey says no on another device. */
  rejectElsewhere(hold: string): Promise<void>;
  close(): Promise<void>;
}

/** `server` is `inject("postgres")`. */
export async function openEvening(
  server: Parameters<typeof cloneDatabase>[0],
  options: WorldOptions = {},
): Promise<Evening> {
  const rehearsal = await startOffer();
  const world = await openPagesWorld(server, { rehearsalUrl: rehearsal.url, ...options });
  const browser = await openBrowser(world.port);
  const ada = await found(world.gate, "Ada");
  const place = await addRepository(world.gate, ada);
  const [name = "", value = ""] = (await world.cookie(ada)).split("=");
  let commit = 0x20;
  return {
    world,
    browser,
    ada,
    hold: async (push = {}) => {
      commit += 1;
      return await world.hold(ada, place, { ...push, commit: commit.toString(16) });
    },
    phone: async () => {
      const phone = await openPhone(browser, ada);
      await phone.context.addCookies([{ name, value, url: ORIGIN, httpOnly: true, sameSite: "Lax" }]);
      await phone.context.route(
        `${WEB_ORIGIN}/**`,
        async (route) => await route.fulfill({ body: "web", contentType: "text/plain" }),
      );
      return phone;
    },
    rejectElsewhere: async (hold) => {
      const { decisions } = world.gate.core;
      const options = await decisions.begin(ada.person, ada.organization, hold, {
        verdict: "reject",
        words: "No.",
        ticked: [],
      });
      // It counts on from where a phone's authenticator may have stopped.
      const answer = ada.authenticator.get(options, { counter: Math.floor(Date.now() / 1000) });
      await decisions.finish(ada.person, ada.organization, hold, answer);
    },
    close: async () => {
      await browser.close();
      await world.close();
      rehearsal.server.close();
    },
  };
}

/** What the rehearsal says it has (GET /offer). */
async function startOffer(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const base = `http://${request.headers.host ?? ""}`;
    response.end(
      JSON.stringify({
        repository: { url: `${base}/git/sample-shop.git`, credential: "rehearsal:only" },
        model: { url: `${base}/model`, key: "scripted" },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}` };
}
