/** One product for a file of tests, with a browser and a phone; what every process said is told when a test fails. */
import { openBrowser } from "@nightgate/testkit/person";
import { type Phone, switchPhoneOn } from "@nightgate/testkit/phone";
import { type Product, startProduct } from "@nightgate/testkit/product";
import type { Browser } from "@playwright/test";
import { inject, onTestFailed } from "vitest";

export interface World {
  product: Product;
  browser: Browser;
  phone: Phone;
  stop(): Promise<void>;
}

/** Starts them on the run's shared engine. What had started is stopped again when something does not. */
export async function openWorld(environment: Record<string, string> = {}): Promise<World> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const each of started.toReversed()) await each.stop();
  };
  try {
    const phone = await switchPhoneOn();
    started.push(phone);
    const product = await startProduct({
      dockerSocket: inject("nightgateEngine").socket,
      environment: { ...phone.environment, ...environment },
    });
    started.push(product);
    const browser = await openBrowser();
    started.push({ stop: async () => await browser.close() });
    return { product, browser, phone, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const PROCESSES = ["gate", "runner", "provisioner", "web", "rehearsal"];

/** To be called first in a test. */
export function tellOnFailure({ product, browser }: Pick<World, "product" | "browser">): void {
  onTestFailed(async () => {
    for (const name of PROCESSES) process.stderr.write(`--- ${name}\n${product.log(name)}\n`);
    for (const page of browser.contexts().flatMap((context) => context.pages())) {
      const words = await page
        .locator("body")
        .innerText({ timeout: 2_000 })
        .catch((error: unknown) => String(error));
      process.stderr.write(`--- ${page.url()} reads\n${words.slice(0, 4_000)}\n`);
    }
  });
}
