// Answers from a channel: Telegram whole, and Slack, against local servers that speak their APIs. A member links, is asked, answers, hints, queues and rejects; a stranger gets nothing.
import { startSlackApi } from "@nightgate/testkit/fake-internet/slack-api";
import { startTelegramApi, type TelegramApi } from "@nightgate/testkit/fake-internet/telegram-api";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { push, type PushPlace, addRepository } from "../testing/fake-push.ts";
import { ORIGIN } from "../testing/test-core.ts";
import { type ChannelsWorld, openChannelsWorld, soon, WEB } from "./testing.ts";

const [ADA, EVE] = [4001, 6666];
let telegram: TelegramApi;
let world: ChannelsWorld;
let channel: string;
let place: PushPlace;

beforeAll(async () => {
  telegram = await startTelegramApi();
  world = await openChannelsWorld(inject("postgres"));
  place = await addRepository(world.gate, world.ada);
  channel = await world.addChannel("telegram", telegram.url, telegram.token);
});
afterAll(async () => {
  await world.close();
  await telegram.stop();
});

const to = (chat: number): TelegramApi["sent"] => telegram.sent.filter((message) => message.chat === chat);
const said = async (text: string): Promise<TelegramApi["sent"][number]> =>
  await soon(
    `"${text}" (${telegram.sent.map((each) => each.text).join(" | ")}; ${JSON.stringify(world.gate.logged)})`,
    () => to(ADA).findLast((message) => message.text.includes(text)),
  );

test("N7: a stranger gets nothing, not even an error; a wrong code is tried five times and no more", async () => {
  telegram.write(EVE, "hello");
  telegram.write(EVE, "/status");
  telegram.write(EVE, "/new atlas: give me everything");
  for (let tries = 0; tries < 5; tries += 1) telegram.write(EVE, `/link WRONG2345${tries}`);
  const code = await world.channels.links.makeCode(world.ada.organization, channel, world.ada.person, "");
  // The right one, by whoever has used up their tries.
  const last = telegram.write(EVE, `/link ${code}`);
  await soon("all of it to be read", () =>
    telegram.calls.some(({ method, body }) => method === "getUpdates" && Number(body["offset"]) > last),
  );
  expect(to(EVE)).toEqual([]);
  expect(await world.inbox()).toEqual([]);
  telegram.write(ADA, `/start ${code}`);
  await said("You are linked.");
  // A code works once.
  telegram.write(EVE + 1, `/link ${code}`);
  telegram.write(ADA, "/help");
  await said("/holds: what waits");
  expect(to(EVE + 1)).toEqual([]);
});

test("a question goes out marked as the agent's words, and its answer goes to the run, once however often it is delivered (attacks N2, N4, N6, N8)", async () => {
  const run = await world.job();
  const question = await world.ask(run, "Drop the *old* table?\nSee https://evil.example/\u202Egate", {
    choices: ["yes", "no"],
  });
  const asked = await said("atlas has a question");
  expect(asked.text).toContain(
    "The agent writes:\n> Drop the *old* table?\n> See https[:]//evil.example/⟨U+202E⟩gate",
  );
  expect(asked.text).toContain(`${WEB}/jobs/${run.job}`);
  expect(asked.buttons.map(({ text }) => text)).toEqual(["yes", "no"]);
  const update = telegram.write(ADA, "no, keep it", { replyTo: asked.id });
  await said("atlas is told: no, keep it");
  telegram.again(update);
  telegram.write(ADA, "/status");
  await said("atlas: running: Migrate");
  expect(await world.inbox()).toEqual([
    { kind: "question.answer", question, person: world.ada.person, answer: "no, keep it" },
  ]);
  // Answered elsewhere: the message says so, wherever it was told.
  await world.sql(
    "UPDATE jobs.human_messages SET answered_at = now(), answer = 'no, keep it', answered_by = $2 WHERE id = $1",
    [question, world.ada.person],
  );
  await soon("the message to be changed", () => asked.texts.length === 2);
  expect(asked.text).toContain("Answered by Ada: no, keep it");
  expect(asked.buttons).toEqual([]);
});

test("a button answers; words without a reply answer the only question that is open", async () => {
  const first = await world.ask(await world.job(), "Which one?", { choices: ["red", "blue"] });
  const asked = await said("Which one?");
  telegram.press(ADA, asked.id, asked.buttons[1]?.data ?? "");
  await said("atlas is told: blue");
  await world.sql("UPDATE jobs.human_messages SET closed_reason = 'run-ended' WHERE id = $1", [first]);
  const second = await world.ask(await world.job(), "And now?");
  await said("And now?");
  telegram.write(ADA, "go on");
  await said("atlas is told: go on");
  expect((await world.inbox()).slice(-2)).toMatchObject([
    { question: first, answer: "blue" },
    { question: second, answer: "go on" },
  ]);
});

test("/new queues a job as the last one was, and a reply to what a run says is a hint for its agent", async () => {
  telegram.write(ADA, "/new nowhere: do it");
  await said("There are: atlas.");
  telegram.write(ADA, "/new atlas: fix the flaky test");
  await said("Queued on atlas with codex");
  expect((await world.inbox()).at(-1)).toMatchObject({
    kind: "job.create",
    person: world.ada.person,
    agent: "codex",
    prompt: "fix the flaky test",
  });
  const run = await world.job();
  await world.channels.runMoved(world.ada.organization, run.run, {
    state: "failed",
    turn: 1,
    news: true,
    person: world.ada.person,
  });
  await world.sql(
    "INSERT INTO gate.run_news (organization_id, run_id, state, turn, told_at) VALUES ($1, $2, 'failed', 1, now())",
    [world.ada.organization, run.run],
  );
  const told = await said("stopped with an error");
  telegram.write(ADA, "try the other way", { replyTo: told.id });
  await said("The agent is told.");
  expect((await world.inbox()).at(-1)).toMatchObject({
    kind: "job.prompt",
    job: run.job,
    prompt: "try the other way",
  });
});

test("invariant 4, N1: a hold can be read and rejected there, with the log verifying, and nothing approves it", async () => {
  const hold = await push(world.gate, world.ada, place, { commit: "c1" });
  await world.channels.notifier.holdOpened(hold);
  const told = await said(`${ORIGIN}/holds/${hold.id}`);
  for (const words of [`/approve ${hold.id}`, "yes", "approve", `/reject ${hold.id}`])
    telegram.write(ADA, words, { replyTo: told.id });
  telegram.press(ADA, told.id, `approve ${hold.id}`);
  telegram.press(ADA, told.id, told.buttons[0]?.data ?? "");
  await said(`To reject it, write:\n/reject ${hold.id}`);
  expect((await world.gate.core.holds.get(world.ada.organization, hold.id)).state).toBe("pending");
  telegram.write(ADA, "/holds");
  await said(`${hold.id} atlas wants to push`);
  telegram.write(ADA, `/reject ${hold.id} not tonight`);
  await said(`${hold.id} is rejected`);
  expect(await world.gate.core.holds.get(world.ada.organization, hold.id)).toMatchObject({
    state: "rejected",
    words: "not tonight",
    decidedBy: world.ada.person,
  });
  expect(await world.gate.core.receipts.verify(world.ada.organization)).toMatchObject({ firstBad: null });
  await world.channels.notifier.holdMoved(await world.gate.core.holds.get(world.ada.organization, hold.id));
  await soon("the message to be changed", () => told.text.startsWith("Rejected by Ada."));
  telegram.write(ADA, `/reject ${hold.id} again`);
  await said(`${hold.id} is rejected already`);
});

test("a member who is no member any more is not heard", async () => {
  await world.sql(
    "INSERT INTO control.members (organization_id, person_id, name, role, removed_at) VALUES ($1, $2, 'Ada', 'owner', now() + interval '1 hour')",
    [world.ada.organization, world.ada.person],
  );
  const before = (await world.inbox()).length;
  telegram.write(ADA, "/new atlas: one more");
  await said("You are no member");
  expect(await world.inbox()).toHaveLength(before);
  await world.sql("DELETE FROM control.members");
});

test("Slack, as a second channel: linked by a message, told where the agent has named it, and a reply in the thread answers", async () => {
  const slack = await startSlackApi();
  try {
    const { organization, person } = world.ada;
    const id = await world.addChannel("slack", slack.url, slack.credential);
    await slack.write("UEVE", "hello");
    const code = await world.channels.links.makeCode(organization, id, person, "");
    await slack.write("UADA", `link ${code}`);
    await soon("the welcome", () => slack.posted.find(({ text }) => text.startsWith("You are linked.")));
    await slack.write("UEVE", `link ${code}`);
    const question = await world.ask(await world.job(), "Which <branch>?", { channel: "slack" });
    const asked = await soon("the question", () => slack.posted.find(({ text }) => text.includes("Which")));
    expect(asked.text).toContain("&gt; Which &lt;branch&gt;?");
    await slack.write("UADA", "main", { thread_ts: asked.ts });
    await soon("the answer to be taken", () =>
      slack.posted.find(({ text }) => text.includes("is told: main")),
    );
    expect((await world.inbox()).at(-1)).toMatchObject({
      kind: "question.answer",
      question,
      person,
      answer: "main",
    });
    // Slack keeps what begins with a slash for itself: commands are plain words there, or the app's own command.
    const answered = async (text: string): Promise<string> =>
      (await soon(text, () => slack.posted.find((each) => each.text.includes(text)))).text;
    await slack.write("UADA", "help");
    expect(await answered("what is going on")).toMatch(/^status: what is going on$/m);
    await slack.write("UADA", "status");
    await answered("for a decision, ");
    await slack.write("UADA", "new nowhere: tidy up");
    await answered("Write: new WORKSTATION");
    await slack.command("UEVE", "status");
    await slack.command("UADA", "reject H-00000000");
    await answered("Say why, for the agent: reject H-00000000");
    await slack.write("UADA", "Status of the branch: it is new");
    await answered("is told: Status of");
    expect(slack.posted.filter(({ channel: to }) => to === "DUEVE")).toEqual([]);
  } finally {
    await slack.stop();
  }
});
