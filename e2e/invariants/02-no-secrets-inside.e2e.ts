// Invariant 2: after a whole rehearsal, what the gate holds for its resources is found nowhere but with the gate.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { approve, holdReaches, pendingPush, queueTask } from "@nightgate/testkit/evening";
import { databaseUrlOf } from "@nightgate/testkit/product-database";
import { rehearsalSecrets } from "@nightgate/testkit/sample-upstream";
import { formsOf } from "@nightgate/testkit/workstation-inside";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Night, openNight } from "../support/evenings.ts";
import { readTask, taskEnds, toldOf } from "../support/tasks.ts";
import { tellOnFailure } from "../support/world.ts";

let night: Night;
let job: string;
let hold: string;
let secrets: string[];

beforeAll(async () => {
  night = await openNight();
  secrets = rehearsalSecrets(night.product.home);
  job = await queueTask(night.evening, "Add a note and push it to main.");
  hold = (await pendingPush(night.evening)).id;
  await approve(night.evening, hold);
  await holdReaches(night.evening, hold, "released");
  await taskEnds(night.evening, job);
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => await night?.stop());

function occurring(text: string): string[] {
  return secrets.flatMap(formsOf).filter((form) => text.includes(form));
}

test("invariant 2: no canary in any file, environment or argument of the workstation", async () => {
  expect(secrets.length).toBeGreaterThanOrEqual(3);
  const planted = `nightgate-canary-${process.pid}`;
  night.inside.run(`echo ${Buffer.from(planted).toString("base64")} > /home/agent/.planted`, "agent");
  expect(await night.inside.find([...secrets, planted])).toEqual([planted]);
});

test("V8, invariant 2: no canary in what the task told, in what any process logged, or in what the phone got", async () => {
  expect(occurring(toldOf(await readTask(night.evening, job)))).toEqual([]);
  const logs = night.product.logs();
  expect(logs.length).toBeGreaterThan(100);
  expect(occurring(logs)).toEqual([]);
  expect(occurring(JSON.stringify(night.phone.service.received))).toEqual([]);
});

test("V1, V8, invariant 2: no canary and no key of the gate in what web's pages or the gate's pages are made of", async () => {
  const { web, product, person } = night.evening;
  const page = await person.context.newPage();
  const seen: string[] = [];
  page.on("response", (response) => {
    void response.text().then(
      (text) => seen.push(text),
      () => undefined,
    );
  });
  const paths = [
    "/",
    "/jobs",
    `/jobs/${job}`,
    "/workstations",
    `/workstations/${night.evening.workstation.id}`,
    "/settings",
  ];
  for (const path of paths) await page.goto(`${product.web}${path}`, { waitUntil: "load" });
  for (const path of ["/", `/holds/${hold}`, "/policy", "/vault", "/audit"])
    await page.goto(`${product.gate}${path}`, { waitUntil: "load" });
  expect(seen.length).toBeGreaterThan(paths.length);
  const told = seen.join("\n");
  expect(told).toContain("sample-shop");
  const master = readFileSync(join(product.home, "gate/master.key"), "utf8").trim();
  expect(occurring(told)).toEqual([]);
  expect(told).not.toContain(master);
  expect(told).not.toContain(databaseUrlOf(product.home, "web"));
  await page.close();
  expect(web.isClosed()).toBe(false);
});

test("invariant 2: the look would have found them, had they been there", async () => {
  const [credential = ""] = secrets;
  night.inside.run(
    `printf %s '${Buffer.from(`x${credential}`).toString("base64")}' > /home/agent/leak`,
    "agent",
  );
  expect(await night.inside.find(secrets)).toContain(credential);
});
