// The first night that Nightgate is for: "migrate v1 to v2 on project-a overnight, notify me at each major step, do not push to main without my
// sign-off, and ask how things stand at six". An orchestrator (claude) and a worker (codex) on two workstations, one person with a phone.
// The commands are those of docs/features/overnight-project.md.
import { newId } from "@nightgate/shared/ids";
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import {
  approve,
  type Evening,
  holdReaches,
  openHold,
  pendingPush,
  pushHolds,
  readHold,
} from "@nightgate/testkit/evening";
import { startTelegramApi, type TelegramApi } from "@nightgate/testkit/fake-internet/telegram-api";
import { upstreamFile, upstreamRefs, upstreamSha } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from "vitest";
import { z } from "zod";
import { linkTelegram } from "../support/channel.ts";
import { ownCommand } from "../support/command.ts";
import { type Night, openNight } from "../support/evenings.ts";
import { readTask, taskEnds, taskReaches, toldOf } from "../support/tasks.ts";
import { tellOnFailure } from "../support/world.ts";

const CHAT = 4001;
const nightgate = ownCommand();
let night: Night;
let telegram: TelegramApi;
let before: string | null;
let hold: string;
/** Jobs. */
let orchestrator: string;
let worker: string;

const made = z.looseObject({ job: z.string() });
const scheduled = z.looseObject({ schedule: z.string(), job: z.string(), next: z.array(z.string()) });
const jobLine = z.looseObject({
  job: z.string(),
  title: z.string(),
  state: z.string().nullable(),
  agent: z.string(),
  workstation: z.string(),
});
const jobs = z.object({ jobs: z.array(jobLine) });
const peers = z.object({ peers: z.array(z.looseObject({ peer_name: z.string(), state: z.string() })) });
const traced = z.looseObject({
  from: z.string(),
  peer_name: z.string(),
  state: z.string(),
  stages: z.array(z.looseObject({ stage: z.string() })),
});

/** What the person asks of the gate's own interface. */
async function ask(evening: Evening, path: string, data?: unknown): Promise<unknown> {
  const how = data === undefined ? {} : { method: "POST" as const, data };
  const { status, body } = await askAsPerson(evening.person.context, `${evening.product.gate}${path}`, how);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** The second workstation, which may use what the first one may. */
async function addBorealis(evening: Evening): Promise<void> {
  const { person, product } = evening;
  const { status } = await askAsPerson(person.context, `${product.web}/api/workstations`, {
    method: "POST",
    data: { workstation: newId("workstation"), name: "borealis" },
  });
  expect(status).toBe(200);
  const proposed = await ask(evening, "/api/policy/propose-rehearsal", { workstations: null });
  const { hold: change } = z.object({ hold: z.string() }).parse(proposed);
  const page = await openHold(evening, change);
  await page.getByRole("button", { name: "Sign", exact: true }).click();
  await holdReaches(evening, change, "released");
  await page.close();
}

beforeAll(async () => {
  night = await openNight();
  telegram = await startTelegramApi();
  const { evening, phone, product } = night;
  await addBorealis(evening);
  await phone.subscribe(product, evening.person);
  await linkTelegram(evening, telegram, CHAT);
  await nightgate.logIn(evening.person.page, product.web);
  await until("borealis to be there", 60_000, async () =>
    (await nightgate.json(peers, "peer", "list")).peers.some(
      ({ peer_name: name, state }) => name === "borealis" && state === "asleep",
    ),
  );
});
beforeEach(() => {
  tellOnFailure(night);
  onTestFailed(async () => {
    for (const { job, title } of await allJobs())
      process.stderr.write(`--- ${title}\n${toldOf(await readTask(night.evening, job))}\n`);
  });
});
afterAll(async () => {
  await night?.stop();
  await telegram?.stop();
  nightgate.remove();
});

const allJobs = async (): Promise<z.infer<typeof jobLine>[]> =>
  (await nightgate.json(jobs, "jobs", "list")).jobs;
/** The first of the prompts of a job that has a question in it: its id. */
async function questionTo(job: string, words: string): Promise<string> {
  const { events } = await readTask(night.evening, job);
  const prompt = events.find(({ kind, text }) => kind === "prompt" && text?.includes(words));
  return /msg_\w+/.exec(prompt?.text ?? "")?.[0] ?? "none";
}
/** Notes that the phone was told of. */
const notes = (): string[] => {
  const titled = z.looseObject({ title: z.string(), tag: z.string() });
  const told = night.phone.service.received.flatMap(({ message }) => titled.safeParse(message).data ?? []);
  return [...new Set(told.filter(({ title }) => title === "atlas sends a note").map(({ tag }) => tag))];
};

test("queued from a shell: the orchestrator hands the work over, is asked and answers, and the push to main is held", async () => {
  const { evening, product, phone } = night;
  before = upstreamSha(product.home);
  const prompt =
    "Migrate v1 to v2 on project-a overnight. Notify me at each major step, and do not push to main without my sign-off.";
  const where = ["--workstation", "atlas", "--backend", "claude", "--repository", "sample-shop"];
  const titled = ["--title", "Night of project-a"];
  orchestrator = (await nightgate.json(made, "jobs", "create", prompt, ...titled, ...where)).job;
  ({ id: hold } = await pendingPush(evening));
  const found = (await allJobs()).find(({ title }) => title === "Migrate project-a to v2");
  expect(found).toMatchObject({ agent: "codex", workstation: "borealis" });
  worker = found?.job ?? "";
  await taskReaches(evening, worker, "awaiting_approval");
  await taskReaches(evening, orchestrator, "blocked");
  expect(upstreamSha(product.home)).toBe(before);
  expect(upstreamRefs(product.home)).toEqual({ "refs/heads/main": before });
  // Of the hold, and of both major steps so far.
  await phone.toldOf(hold);
  await expect.poll(notes).toHaveLength(2);
});

test("the worker's question went its whole way, and each stage of it can be followed", async () => {
  const question = await questionTo(orchestrator, "How does v2 print prices");
  const trace = await nightgate.json(traced, "peer", "trace", question);
  expect(trace).toMatchObject({ state: "answered", from: expect.stringContaining("borealis") as string });
  expect(trace.stages.map(({ stage }) => stage)).toEqual([
    "written",
    "handed to a run",
    "delivered",
    "heard",
    "acknowledged",
    "answered",
    "told as a prompt",
  ]);
});

test("a status question at an instant: every agent that has work is asked, whatever it waits for, and Telegram has their answers", async () => {
  const { evening } = night;
  const words = "Ask every agent that has work for its status, and tell me on telegram.";
  const what = ["schedule", "create", words, "--workstation", "atlas", "--agent", "claude"];
  const named = ["--repository", "none", "--title", "Status at six"];
  const at = ["--at", "06:00", "--timezone", "Europe/Berlin"];
  const six = await nightgate.json(scheduled, ...what, ...named, ...at);
  const inBerlin = new Date(six.next[0] ?? "").toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" });
  expect(inBerlin).toBe("06:00:00");
  await nightgate.json(z.unknown(), "schedule", "delete", six.schedule);

  const { job } = await nightgate.json(scheduled, ...what, ...named, "--in-seconds", "1");
  const told = await until("the status in Telegram", 90_000, () =>
    telegram.sent.find(({ chat, text }) => chat === CHAT && text.includes("> How things stand:")),
  );
  expect(told.text).toContain("Survey done, migration under way");
  expect(told.text).toContain("the push to main waits for a person's signature");
  expect((await taskEnds(evening, job)).task.runs.at(-1)?.state).toBe("succeeded");
  // Both go on waiting for what they waited for, and nothing was pushed meanwhile.
  await taskReaches(evening, orchestrator, "blocked");
  await taskReaches(evening, worker, "awaiting_approval");
  expect((await readHold(evening, hold)).state).toBe("pending");
  expect(upstreamSha(night.product.home)).toBe(before);
});

test("signed with the passkey: exactly that arrives, the sleeping worker is asked to look, and the orchestrator ends the night", async () => {
  const { evening, product } = night;
  await approve(evening, hold);
  const { action } = await holdReaches(evening, hold, "released");
  expect(upstreamRefs(product.home)).toEqual({ "refs/heads/main": action.updates?.[0]?.new });
  expect(upstreamFile(product.home, "package.json")).toContain('"version": "2.0.0"');
  expect(upstreamFile(product.home, "src/prices.js")).toContain("toFixed(2)");
  expect((await taskEnds(evening, worker)).task.runs.at(-1)).toMatchObject({
    state: "succeeded",
    result: "Migrated: v2 is on main, as it was signed for.",
  });
  const { task } = await taskEnds(evening, orchestrator);
  expect(task.runs.map(({ state }) => state)).toEqual(["succeeded"]);
  expect(task.runs[0]?.result).toContain("On main 1 test passes and none fails.");
  await expect.poll(notes).toHaveLength(3);
  expect(await pushHolds(evening)).toHaveLength(1);
  // Nobody was at work on borealis when it was asked.
  const woken = (await allJobs()).find(({ title }) => title.startsWith("Question msg_"));
  const question = /msg_\w+/.exec(woken?.title ?? "")?.[0] ?? "";
  const { stages } = await nightgate.json(traced, "peer", "trace", question);
  expect(stages.map(({ stage }) => stage).slice(0, 2)).toEqual(["written", "run begun for it"]);
});

test("the briefing of the morning has all of it, in Telegram and on its page", async () => {
  const { evening } = night;
  const seen = z.looseObject({ links: z.array(z.object({ id: z.string() }).loose()) });
  const { links } = seen.parse(await ask(evening, "/api/channels"));
  const now = new Date();
  const minute = now.getUTCHours() * 60 + now.getUTCMinutes();
  const briefing = { minute, timeZone: "UTC", links: links.map(({ id }) => id), phone: true };
  await ask(evening, "/api/channels/briefing", { briefing });
  const { text } = await until("the briefing", 20_000, () =>
    telegram.sent.find(({ text: words }) => words.includes("Good morning. The night:")),
  );
  const { web } = evening;
  await web.goto(`${evening.product.web}/briefing`);
  await web.getByText("Night of project-a").first().waitFor();
  const page = await web.locator("main").innerText();
  for (const words of [
    "Night of project-a",
    "Migrate project-a to v2",
    "Survey v1 in project-a",
    "Status at six",
    "Step 1 of 3",
    "Step 2 of 3",
    "Step 3 of 3",
    "How things stand",
  ]) {
    expect(text).toContain(words);
    expect(page).toContain(words);
  }
  const [line] = await pushHolds(evening);
  expect(page).toContain(line?.title);
  expect(text).not.toContain("Went wrong");
});
