/**
 * `npm run screenshots [folder]`: plays the rehearsal and photographs every page of both apps, at 390 and 1440 px, light and dark.
 * axe looks at every page too; what it finds is printed and ends the program with status 1.
 * Without a folder only the README's few pictures are kept, in docs/screenshots.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import {
  approve,
  type Evening,
  pendingPush,
  queueTask,
  setUpRehearsal,
  signUp,
} from "@nightgate/testkit/evening";
import { newPerson, openBrowser } from "@nightgate/testkit/person";
import { startProduct } from "@nightgate/testkit/product";
import { startSharedEngine } from "@nightgate/testkit/shared-engine";
import type { Browser, Page } from "@playwright/test";
import { REHEARSAL_TASK } from "./rehearse.ts";

const LOOKS = [
  { name: "desktop-light", width: 1440, height: 900, scheme: "light" },
  { name: "desktop-dark", width: 1440, height: 900, scheme: "dark" },
  { name: "phone-light", width: 390, height: 844, scheme: "light" },
  { name: "phone-dark", width: 390, height: 844, scheme: "dark" },
] as const;
/** What the README shows. */
const CHOSEN = new Set([
  "task-desktop-light",
  "hold-desktop-light",
  "hold-phone-dark",
  "setup-desktop-light",
]);
const SETTLE_MS = 700;

const given = process.argv[2];
const folder = given ?? fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
const violations = new Set<string>();

/** One page in all four looks. */
async function photograph(page: Page, name: string, url?: string): Promise<void> {
  if (url !== undefined) await page.goto(url);
  for (const look of LOOKS) {
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.emulateMedia({ colorScheme: look.scheme, reducedMotion: "reduce" });
    await page.waitForTimeout(SETTLE_MS);
    const file = `${name}-${look.name}`;
    const wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
    if (wide === true) violations.add(`${file}: wider than the screen`);
    const { violations: found } = await new AxeBuilder({ page }).analyze();
    for (const one of found)
      violations.add(`${file}: ${one.id} (${one.nodes.length}) ${one.nodes[0]?.html.slice(0, 160) ?? ""}`);
    if (given !== undefined || CHOSEN.has(file)) await page.screenshot({ path: join(folder, `${file}.png`) });
  }
}

async function signedOut(browser: Browser, web: string, gate: string): Promise<void> {
  const { page, close } = await newPerson(browser);
  await photograph(page, "signed-out", web);
  await photograph(page, "gate-sign-in", `${gate}/sign-in`);
  await photograph(page, "gate-enrol", `${gate}/enrol`);
  await close();
}

async function everyPage(page: Page, evening: Evening): Promise<void> {
  const { web, gate } = evening.product;
  await photograph(page, "home-after", web);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.keyboard.press("c");
  await photograph(page, "new-task");
  for (const path of ["jobs", "workstations", "settings", "nowhere"])
    await photograph(page, path, `${web}/${path}`);
  await photograph(page, "workstation", `${web}/workstations/${evening.workstation.id}`);
  await photograph(page, "setup-done", `${web}/setup`);
  await photograph(page, "gate-holds-empty", `${gate}/holds`);
  for (const path of [
    "passkeys",
    "vault",
    "policy",
    "audit",
    "notifications",
    "account",
    "setup/add",
    "nowhere",
  ])
    await photograph(page, `gate-${path.replace("/", "-")}`, `${gate}/${path}`);
}

async function play(browser: Browser, product: Awaited<ReturnType<typeof startProduct>>): Promise<void> {
  await signedOut(browser, product.web, product.gate);
  const person = await signUp(product, browser);
  const album = await person.context.newPage();
  await photograph(album, "setup-first", `${product.web}/setup`);
  const evening = await setUpRehearsal(product, person);
  await photograph(album, "setup", `${product.web}/setup`);
  await photograph(album, "home-before", product.web);
  const job = await queueTask(evening, REHEARSAL_TASK);
  const { id } = await pendingPush(evening);
  await photograph(album, "task", `${product.web}/jobs/${job}`);
  await photograph(album, "home-waiting", product.web);
  await photograph(album, "gate-holds", `${product.gate}/holds`);
  await photograph(album, "hold", `${product.gate}/holds/${id}`);
  await approve(evening, id);
  await photograph(album, "hold-decided", `${product.gate}/holds/${id}`);
  await photograph(album, "task-finished", `${product.web}/jobs/${job}`);
  await everyPage(album, evening);
}

const started: { stop(): Promise<void> }[] = [];
try {
  mkdirSync(folder, { recursive: true });
  const engine = await startSharedEngine();
  started.push(engine);
  const product = await startProduct({ dockerSocket: engine.socket });
  started.push({ stop: async () => await product.stop() });
  const browser = await openBrowser();
  started.push({ stop: async () => await browser.close() });
  await play(browser, product);
  process.stdout.write(`The pictures are in ${folder}\n`);
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const words of violations) process.stderr.write(`${words}\n`);
  if (violations.size > 0) process.exitCode = 1;
  for (const each of started.toReversed()) await each.stop();
}
