// People, in two real browsers with passkeys of their own: an owner invites, a second person joins, asks for a seat, gets it by a signature, decides with it, gives it back and leaves.
import { statSync } from "node:fs";
import { join as pathOf } from "node:path";
import { askAsPerson, openAsPerson } from "@nightgate/testkit/ask-as-person";
import { signUp } from "@nightgate/testkit/evening";
import { newPerson, type Person } from "@nightgate/testkit/person";
import { databaseAs, onlyOrganization } from "@nightgate/testkit/product-database";
import { until } from "@nightgate/testkit/until";
import type { Page } from "@playwright/test";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ownCommand } from "../support/command.ts";
import { openWorld, tellOnFailure, type World } from "../support/world.ts";

const PAGE_MS_MAX = 20_000;
/** On a machine of Ada's own. */
const nightgate = ownCommand();
let world: World;
let ada: Person;
let bo: Person;
let organization: string;

beforeAll(async () => {
  world = await openWorld();
  ada = await signUp(world.product, world.browser);
  organization = await onlyOrganization(world.product.home);
  bo = await newPerson(world.browser);
  bo.page.setDefaultTimeout(PAGE_MS_MAX);
});
beforeEach(() => tellOnFailure(world));
afterAll(async () => {
  await world?.stop();
  nightgate.remove();
});

const sign = async (page: Page): Promise<void> =>
  await page.getByRole("button", { name: "Sign", exact: true }).click();

/** The members' page, freshly asked for. */
async function members(person: Person): Promise<Page> {
  await person.page.goto(`${world.product.web}/settings/members`);
  return person.page;
}

async function inviteLink(role: string, note: string): Promise<string> {
  const page = await members(ada);
  await page.getByLabel("Who is it for?").fill(note);
  await page.getByTitle("Role", { exact: true }).selectOption(role);
  await page.getByRole("button", { name: "Make a link" }).click();
  return await page.getByLabel("Invitation link").inputValue();
}

async function join(person: Person, link: string, name: string): Promise<void> {
  await person.page.goto(link);
  await person.page.getByLabel("Your name").fill(name);
  await person.page.getByRole("button", { name: /make my passkey and join/i }).click();
  // Through the gate's sign-in to web, where a session of web's own begins.
  await person.page.getByRole("button", { name: `Continue as ${name}` }).click();
  await person.page.waitForURL((url) => url.origin === world.product.web);
}

test("an invitation lets one person in, once", async () => {
  const link = await inviteLink("member", "Bo, from the shop team");
  await join(bo, link, "Bo");
  const page = await members(bo);
  await page.getByText("Bo you", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "Make a link" }).count()).toBe(0);
  const eve = await newPerson(world.browser);
  await eve.page.goto(link);
  await eve.page.getByText("This invitation cannot be used").first().waitFor();
  await eve.close();
});

test("the command line is let in with a code, asks as its person, and is taken back", async () => {
  const { web } = world.product;
  const { page } = ada;
  await nightgate.logIn(page, web);
  expect(statSync(pathOf(nightgate.home, "nightgate/login.json")).mode & 0o777).toBe(0o600);
  const who = nightgate.start("whoami", "--json");
  expect(await who.ended).toBe(0);
  expect(JSON.parse(who.printed())).toMatchObject({
    person_name: "Ada",
    organization,
    role: "owner",
    workstation: null,
    url: web,
  });
  await page.goto(`${web}/settings/access`);
  await page.getByRole("button", { name: /take back the access of nightgate/i }).click();
  await page.getByText("taken back").waitFor();
  const after = nightgate.start("whoami");
  expect([await after.ended, after.printed()]).toEqual([77, expect.stringContaining("not logged in")]);
});

test("a second approver: asked for with the key itself, signed by the first, the same words on both screens", async () => {
  const { gate } = world.product;
  await bo.page.goto(`${gate}/policy`);
  await bo.page.getByRole("button", { name: "Ask to become an approver" }).click();
  const words = await bo.page.locator(".notice .key-words").innerText();
  await ada.page.goto(`${gate}/policy`);
  expect(await ada.page.locator(".notice .key-words").innerText()).toBe(words);
  await ada.page.getByRole("button", { name: "Make them an approver" }).click();
  await ada.page.getByText(words).first().waitFor();
  await sign(ada.page);
  await ada.page.waitForURL(/\/policy/);
  await until("Bo to be an approver", PAGE_MS_MAX, async () => {
    const { body } = await askAsPerson(ada.context, `${gate}/api/policy`);
    return (
      JSON.stringify(body).includes('"approvers":[{') &&
      (body as { approvers: unknown[] }).approvers.length === 2
    );
  });
});

describe("invariant 4, W12: with all that web can write", () => {
  test("nobody becomes an approver, and no approver is shut out", async () => {
    const { product } = world;
    const web = databaseAs(product.home, "web");
    const boId = await personId("Bo");
    await web.run("UPDATE control.members SET role = 'owner' WHERE person_id = $1", [boId], organization);
    await web.run("UPDATE control.members SET removed_at = now() WHERE person_id = $1", [boId], organization);
    const { body } = await askAsPerson(bo.context, `${product.gate}/api/policy`);
    expect(body).toMatchObject({ you: { approves: true } });
    expect(await web.refusal("UPDATE gate.memberships SET role = 'owner'", [], organization)).toMatch(
      /permission denied/,
    );
    expect(await web.refusal("INSERT INTO gate.candidacies DEFAULT VALUES", [], organization)).toMatch(
      /permission denied/,
    );
    await web.run(
      "UPDATE control.members SET removed_at = NULL, role = 'member' WHERE person_id = $1",
      [boId],
      organization,
    );
  });
});

test("an approver cannot simply leave; a signature gives the seat back, and then they can", async () => {
  const { gate, web } = world.product;
  await bo.page.goto(`${web}/settings`);
  await bo.page.getByRole("button", { name: "Leave" }).click();
  await bo.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await bo.page.getByText("is an approver of the signed policy").waitFor();
  await bo.page.goto(`${gate}/policy`);
  await bo.page.getByRole("button", { name: "Remove Bo from the approvers" }).click();
  await sign(bo.page);
  await bo.page.waitForURL(/\/policy/);
  await until("Bo's seat to be gone", PAGE_MS_MAX, async () => {
    const { body } = await askAsPerson(ada.context, `${gate}/api/policy`);
    return (body as { approvers: unknown[] }).approvers.length === 1;
  });
  const stream = await openAsPerson(bo.context, `${web}/api/live`);
  stream.resume();
  const ended = new Promise<void>((resolve) => stream.once("close", resolve));
  await bo.page.goto(`${web}/settings`);
  await bo.page.getByRole("button", { name: "Leave" }).click();
  await bo.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await bo.page
    .getByText(/no longer a member of/)
    .first()
    .waitFor();
  // What was open ends with the membership, and a request in flight is told why.
  await ended;
  const { status, body } = await askAsPerson(bo.context, `${web}/api/members/leave`, {
    method: "POST",
    data: {},
  });
  expect(status).toBe(403);
  expect(body).toMatchObject({ code: "membership.ended" });
  const atGate = await askAsPerson(bo.context, `${gate}/api/policy?organization=${organization}`);
  expect(atGate.status).toBe(404);
});

async function personId(name: string): Promise<string> {
  const [row] = await databaseAs(world.product.home, "gate").run(
    "SELECT id FROM gate.persons WHERE name = $1",
    [name],
  );
  return String(row?.["id"]);
}
