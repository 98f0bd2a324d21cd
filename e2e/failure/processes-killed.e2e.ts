// Runner, provisioner, web and PostgreSQL killed with SIGKILL while runs work and pushes wait: no run ends, no event is lost or told
// twice, no hold is lost, and nothing is sent twice. The gate has a file of its own (gate-killed.e2e.ts).
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "@nightgate/shared/ids";
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import {
  approve,
  holdReaches,
  pendingPush,
  pushHolds,
  queueTask,
  readHold,
  repositoryAddress,
} from "@nightgate/testkit/evening";
import { keepPushLog, timesArrived, upstreamSha } from "@nightgate/testkit/sample-upstream";
import type { TaskStream } from "@nightgate/testkit/task-stream";
import { until } from "@nightgate/testkit/until";
import { lookInside } from "@nightgate/testkit/workstation-inside";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { type Night, openNight } from "../support/evenings.ts";
import { anotherProcess, killProcess } from "../support/processes.ts";
import { hangPostgres } from "../support/stopped-postgres.ts";
import { taskEnds, taskReaches, taskWhere, toldOf } from "../support/tasks.ts";
import { tellOnFailure } from "../support/world.ts";

const BACK_MS_MAX = 45_000;
const STARTED_MS_MAX = 60_000;
let night: Night;

beforeAll(async () => {
  night = await openNight({ NIGHTGATE_TEST: "1" });
  keepPushLog(night.product.home);
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => await night?.stop());

/** The process ends itself at these places, one after the other, while what `begin` began goes on. */
async function killedAt(
  name: "runner" | "provisioner",
  points: readonly string[],
  begin: () => Promise<void>,
): Promise<void> {
  const { product } = night;
  const first = product.pidOf(name);
  const file = join(product.home, name, "fault-once");
  writeFileSync(file, points.join("\n"));
  await begin();
  const left = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  for (const point of points)
    await until(`the ${name} to be killed ${point}`, STARTED_MS_MAX, () => !left().includes(point));
  await anotherProcess(product, name, first);
}

/** Numbered from 1 without a gap, each step told once, begun once. */
function expectWhole({ events }: TaskStream, steps: number): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const said = events.filter(({ kind }) => kind === "message").map(({ text }) => text ?? "");
  for (let step = 1; step <= steps; step += 1)
    expect(said.filter((text) => text.includes(`This is step ${step} of ${steps}.`))).toHaveLength(1);
  expect(events.filter(({ kind }) => kind === "started")).toHaveLength(1);
}

/** Approves what the task has asked for, and sees it arrive once and the task go on to its end. */
async function approveToTheEnd(job: string, id: string): Promise<void> {
  const { evening, product } = night;
  await approve(evening, id);
  const hold = await holdReaches(evening, id, "released");
  const sha = hold.action.updates?.[0]?.new ?? "";
  expect(upstreamSha(product.home)).toBe(sha);
  expect(timesArrived(product.home, sha)).toBe(1);
  expect((await taskEnds(evening, job)).task.runs.at(-1)?.state).toBe("succeeded");
}

test("PostgreSQL killed in mid-run and again under a waiting hold: it comes back by itself, nothing is lost, and the push arrives once (invariants 6, 7 and 10)", async () => {
  const { evening, product } = night;
  const known = (await pushHolds(evening)).map(({ id }) => id);
  const job = await queueTask(evening, "Add a note slowly and push it to main.");
  await taskWhere(evening, job, "be at work", (stream) => toldOf(stream).includes("step 2 of 6"));
  await killProcess(product, "postgres");
  const stream = await taskReaches(evening, job, "awaiting_approval");
  expectWhole(stream, 6);
  expect(stream.task.runs).toHaveLength(1);
  const { id } = await pendingPush(evening, known);
  await killProcess(product, "postgres");
  await until("the hold", BACK_MS_MAX, async () => (await readHold(evening, id)).state === "pending");
  await approveToTheEnd(job, id);
});

test("the runner killed between what it does and what it writes down: the task is begun once, told once, and held once (invariant 10)", async () => {
  const { evening } = night;
  const known = (await pushHolds(evening)).map(({ id }) => id);
  let job = "";
  await killedAt("runner", ["after-claim", "after-prompt", "after-events"], async () => {
    job = await queueTask(evening, "Add a note and push it to main.");
  });
  const stream = await taskReaches(evening, job, "awaiting_approval");
  expectWhole(stream, 0);
  expect(stream.events.filter(({ kind }) => kind === "prompt")).toHaveLength(1);
  expect(stream.task.runs).toHaveLength(1);
  const fresh = (await pushHolds(evening)).filter(({ id }) => !known.includes(id));
  expect(fresh.map(({ state }) => state)).toEqual(["pending"]);
  await approveToTheEnd(job, fresh[0]?.id ?? "");
});

test("the provisioner killed while it makes a workstation: there is one container, and it connects", async () => {
  const { evening, product } = night;
  const workstation = newId("workstation");
  const page = await evening.person.context.newPage();
  await killedAt("provisioner", ["after-create", "before-start", "after-start"], async () => {
    const { status } = await askAsPerson(evening.person.context, `${product.web}/api/workstations`, {
      method: "POST",
      data: { workstation, name: "spare" },
    });
    expect(status).toBe(200);
  });
  await page.goto(`${product.web}/workstations/${workstation}`);
  await page
    .getByText(/^(Connected|Ready)$/)
    .first()
    .waitFor({ timeout: STARTED_MS_MAX });
  await page.close();
  expect(lookInside(inject("nightgateEngine").socket, workstation).container).toMatch(/^[0-9a-f]{64}$/);
});

test("PostgreSQL hangs: agents and pages are told that nothing was sent, and when it goes on all of it does by itself (invariants 7 and 8)", async () => {
  const { evening, product, inside } = night;
  const address = await repositoryAddress(evening);
  const prepare = `git clone -q ${address} ~/away && cd ~/away && echo 1 > away.txt && git add away.txt && git commit -qm Away`;
  expect(inside.run(prepare, "agent")).toMatchObject({ status: 0 });
  const page = await evening.person.context.newPage();
  await page.goto(`${product.web}/workstations`);
  const goOn = hangPostgres(product.home);
  try {
    inside.run(
      'cd ~/away; (git push origin HEAD:away > ../told 2>&1; echo "status $?" >> ../told) > /dev/null 2>&1 &',
      "agent",
    );
    const [asked] = await Promise.all([
      askAsPerson(evening.person.context, `${product.gate}/api/holds`),
      page
        .reload()
        .then(
          async () => await page.getByText(/database does not answer/i).waitFor({ timeout: STARTED_MS_MAX }),
        ),
    ]);
    expect(asked).toMatchObject({ status: 503, body: { code: "database.away" } });
    const told = await until("git's words", STARTED_MS_MAX, () => {
      const { output } = inside.run("cat ~/told", "agent");
      return /^status/m.test(output) && output;
    });
    expect(told).toMatch(
      /The database does not answer\. Nothing was sent or changed\. Try again in a minute\./,
    );
    expect(told).toMatch(/^status [1-9]/m);
  } finally {
    goOn();
  }
  await page.getByRole("link", { name: evening.workstation.name }).first().waitFor({ timeout: BACK_MS_MAX });
  await page.close();
  expect(upstreamSha(product.home, "refs/heads/away")).toBeNull();
  const known = (await pushHolds(evening)).map(({ id }) => id);
  expect(inside.run("cd ~/away && git push origin HEAD:away 2>&1", "agent").output).toMatch(/NOT pushed yet/);
  const { id } = await pendingPush(evening, known);
  await approve(evening, id);
  const { action } = await holdReaches(evening, id, "released");
  expect(upstreamSha(product.home, "refs/heads/away")).toBe(action.updates?.[0]?.new);
});
