/**
 * What a person does on the first evening, in a real browser against a real product: sign up with a passkey, make a workstation,
 * take the rehearsal's repository and model, queue a task, read what is held, decide. The demo and the end-to-end tests are made of these.
 */
import type { Browser, Page } from "@playwright/test";
import { z } from "zod";
import { askAsPerson } from "./ask-as-person.ts";
import { newPerson, type Person } from "./person.ts";
import type { Product } from "./product.ts";
import { until } from "./until.ts";

const PAGE_MS_MAX = 45_000;
const IMAGE_MS_MAX = 420_000;
const TURN_MS_MAX = 90_000;

const holdLine = z.looseObject({
  id: z.string(),
  state: z.string(),
  kind: z.string(),
  title: z.string(),
  run: z.string().nullable(),
  createdAt: z.string(),
  supersededBy: z.string().nullable(),
});
const holdList = z.object({ pending: z.array(holdLine), recent: z.array(holdLine) });
export type HoldLine = z.infer<typeof holdLine>;
const holdDetail = z.looseObject({
  id: z.string(),
  state: z.string(),
  createdAt: z.string(),
  words: z.string(),
  supersedes: z.string().nullable(),
  action: z.looseObject({
    kind: z.string(),
    updates: z
      .array(z.object({ ref: z.string(), old: z.string(), new: z.string(), verb: z.string() }))
      .optional(),
  }),
});
export type HoldDetail = z.infer<typeof holdDetail>;

export interface Evening {
  product: Product;
  person: Person;
  /** The tab with web in it. */
  web: Page;
  workstation: { id: string; name: string };
  /** From the click on "create" to agentd's connection. */
  workstationReadyMs: number;
}

/** Sign-up through the gate: the one-time code, a passkey, and version 1 of the policy signed; ends on web's set-up or home. */
export async function signUp(
  product: Product,
  browser: Browser,
  names = { person: "Ada", organization: "Acme" },
): Promise<Person> {
  if (product.code === null) throw new Error("The product printed no one-time code");
  const person = await newPerson(browser);
  const { page } = person;
  page.setDefaultTimeout(PAGE_MS_MAX);
  await page.goto(product.web);
  await page
    .getByRole("link", { name: /sign in with a passkey/i })
    .first()
    .click();
  await page.getByRole("link", { name: /enrol with the one-time code/i }).click();
  await page.getByLabel("One-time code").fill(product.code);
  await page.getByLabel("Your name").fill(names.person);
  await page.getByLabel("Name of your organization").fill(names.organization);
  await page.getByRole("button", { name: /make my passkey/i }).click();
  await page.waitForURL(/\/holds\/H-/);
  await sign(page);
  await page.waitForURL((url) => url.origin === product.web);
  return person;
}

/** The button that signs one of the gate's own changes. */
async function sign(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign", exact: true }).click();
}

/** From a signed-in person to a connected workstation that may use the rehearsal's repository and model. */
export async function setUpRehearsal(product: Product, person: Person, name = "atlas"): Promise<Evening> {
  const web = person.page;
  await web.goto(`${product.web}/setup`);
  await web.getByLabel("Name", { exact: true }).fill(name);
  const started = Date.now();
  await web.getByRole("button", { name: "Create workstation" }).click();
  await web.getByRole("link", { name: "Try it without a key" }).waitFor();
  const href =
    (await web.getByRole("link", { name: "Open", exact: true }).first().getAttribute("href")) ?? "";
  const id = href.split("/").at(-1) ?? "";
  await web
    .getByText(/^(Connected|Ready)$/)
    .first()
    .waitFor({ timeout: IMAGE_MS_MAX });
  const workstationReadyMs = Date.now() - started;
  await web.getByRole("link", { name: "Try it without a key" }).click();
  await web
    .getByRole("button", { name: /try it without a key|rehearsal/i })
    .first()
    .click();
  await web.waitForURL(/\/holds\/H-/);
  await sign(web);
  await web.waitForURL((url) => url.origin === product.web);
  return { product, person, web, workstation: { id, name }, workstationReadyMs };
}

/** Queues a task in the browser, in the one box that every page has, and answers its id. */
export async function queueTask(evening: Evening, prompt: string, agent?: string): Promise<string> {
  const { web, product } = evening;
  if (!web.url().startsWith(product.web)) await web.goto(product.web);
  const before = web.url();
  await web.locator("body").click({ position: { x: 2, y: 2 } });
  const box = web.getByLabel("What is to be done?");
  // A page that has only just come does not listen to keys yet.
  await until(
    "the box for a task to open",
    PAGE_MS_MAX,
    async () => {
      if (await box.isVisible()) return true;
      await web.keyboard.press("c");
      return false;
    },
    250,
  );
  if (agent !== undefined) await web.getByTitle("Agent", { exact: true }).selectOption(agent);
  await box.fill(prompt);
  await web.keyboard.press("Enter");
  await web.waitForURL((url) => url.pathname.startsWith("/jobs/job_") && url.href !== before);
  return new URL(web.url()).pathname.split("/").at(-1) ?? "";
}

async function gateJson(evening: Evening, path: string): Promise<unknown> {
  const { status, body } = await askAsPerson(evening.person.context, `${evening.product.gate}${path}`);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** All holds of pushes, newest first. */
export async function pushHolds(evening: Evening): Promise<HoldLine[]> {
  const { pending, recent } = holdList.parse(await gateJson(evening, "/api/holds"));
  return [...pending, ...recent].filter((hold) => hold.kind === "git.push");
}

export async function readHold(evening: Evening, id: string): Promise<HoldDetail> {
  return holdDetail.parse(await gateJson(evening, `/api/holds/${id}`));
}

const policyResources = z.looseObject({
  resources: z.array(z.object({ resource: z.looseObject({ id: z.string(), kind: z.string() }) })),
});

/** Where the sample repository is, inside the workstation. */
export async function repositoryAddress(evening: Evening): Promise<string> {
  const { resources } = policyResources.parse(await gateJson(evening, "/api/policy"));
  const found = resources.find(({ resource }) => resource.kind === "git");
  if (!found) throw new Error("The policy has no repository");
  return `http://gate.nightgate/git/${found.resource.id}`;
}

/** Waits for a push that waits for a decision. */
export async function pendingPush(evening: Evening, after: readonly string[] = []): Promise<HoldLine> {
  return await until("a held push", TURN_MS_MAX, async () =>
    (await pushHolds(evening)).find((hold) => hold.state === "pending" && !after.includes(hold.id)),
  );
}

export async function holdReaches(evening: Evening, id: string, state: string): Promise<HoldDetail> {
  return await until(`${id} to be ${state}`, TURN_MS_MAX, async () => {
    const hold = await readHold(evening, id);
    return hold.state === state ? hold : null;
  });
}

/** Opens the gate's page of a hold in a tab of its own, with the person's passkey. The caller closes it. */
export async function openHold(evening: Evening, id: string): Promise<Page> {
  const tab = await evening.person.context.newPage();
  tab.setDefaultTimeout(PAGE_MS_MAX);
  await evening.person.withPasskey(tab);
  await tab.goto(`${evening.product.gate}/holds/${id}`);
  return tab;
}

/** Reads the hold's page and approves with the passkey. Answers the moment of the click. */
export async function approve(evening: Evening, id: string): Promise<number> {
  const tab = await openHold(evening, id);
  const button = tab.getByRole("button", { name: "Approve", exact: true });
  await until("Approve to open", PAGE_MS_MAX, async () => await button.isEnabled());
  const at = Date.now();
  await button.click();
  await until(
    `the decision on ${id}`,
    PAGE_MS_MAX,
    async () => (await readHold(evening, id)).state !== "pending",
    10,
  );
  await tab.close();
  return at;
}

/** Rejects with words, which are the agent's next prompt. */
export async function reject(evening: Evening, id: string, words: string): Promise<void> {
  const tab = await openHold(evening, id);
  await tab.getByRole("button", { name: "Reject", exact: true }).click();
  await tab.getByLabel("What should the agent do instead?").fill(words);
  await tab.getByRole("button", { name: "Reject with passkey" }).click();
  await until(
    `the decision on ${id}`,
    PAGE_MS_MAX,
    async () => (await readHold(evening, id)).state === "rejected",
    20,
  );
  await tab.close();
}
