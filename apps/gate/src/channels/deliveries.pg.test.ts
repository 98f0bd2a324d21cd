// When and through which channel somebody is told: the phone first, the next channel when it shows nothing, quiet hours, a budget, and nothing twice.
import { startTelegramApi, type TelegramApi } from "@nightgate/testkit/fake-internet/telegram-api";
import {
  startWebhookReceiver,
  type WebhookReceiver,
} from "@nightgate/testkit/fake-internet/webhook-receiver";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { addRepository, push, type PushPlace } from "../testing/fake-push.ts";
import { type ChannelsWorld, openChannelsWorld, soon } from "./testing.ts";

const ADA = 4001;
let telegram: TelegramApi;
let receiver: WebhookReceiver;
let world: ChannelsWorld;
let place: PushPlace;
let commit = 0x20;

beforeAll(async () => {
  telegram = await startTelegramApi();
  receiver = await startWebhookReceiver();
  world = await openChannelsWorld(inject("postgres"));
  place = await addRepository(world.gate, world.ada);
  const chat = await world.addChannel("telegram", telegram.url, telegram.token);
  const hook = await world.addChannel(
    "webhook",
    receiver.url,
    `whsec_${Buffer.alloc(24, 7).toString("base64")}`,
  );
  const { organization, person } = world.ada;
  const code = await world.channels.links.makeCode(organization, chat, person, "");
  await world.channels.links.useCode(organization, chat, code, { address: String(ADA), label: "@ada" });
  await world.channels.members.beginLink({ organization, person }, hook, null);
});
afterAll(async () => {
  await world.close();
  await telegram.stop();
  await receiver.stop();
});
beforeEach(async () => {
  await world.sql("DELETE FROM gate.push_subscriptions");
  await world.sql("DELETE FROM gate.quiet_hours");
  await world.sql("DELETE FROM gate.interruptions");
  await world.sql(
    "UPDATE gate.deliveries SET sent_at = sent_at - interval '1 day' WHERE sent_at IS NOT NULL",
  );
  await choose({});
});

const choose = async (
  change: Partial<{ escalateMinutes: number; nightMax: number; wakes: string[] }>,
): Promise<void> => {
  const { escalateMinutes, nightMax, wakes } = {
    escalateMinutes: 5,
    nightMax: 3,
    wakes: ["urgent"],
    ...change,
  };
  await world.channels.members.setAttention(world.ada.person, {
    escalateMinutes,
    nightMax,
    wakes: wakes as [],
  });
};
const quietNow = async (): Promise<void> => {
  const minute =
    new Date(world.gate.clock.now()).getUTCHours() * 60 + new Date(world.gate.clock.now()).getUTCMinutes();
  await world.sql(
    "INSERT INTO gate.quiet_hours (person_id, from_minute, until_minute, time_zone) VALUES ($1, $2, $3, 'UTC')",
    [world.ada.person, (minute + 1430) % 1440, (minute + 60) % 1440],
  );
};
const aPhone = async (): Promise<void> => {
  await world.sql(
    "INSERT INTO gate.push_subscriptions (id, person_id, endpoint, p256dh, auth, device) VALUES ('phone', $1, 'https://push.example/1', 'x', 'y', 'phone')",
    [world.ada.person],
  );
};
interface Line {
  service: string;
  state: string;
  detail: string;
}
const linesOf = async (about: string): Promise<Line[]> =>
  await world.sql<Line & Record<string, unknown>>(
    `SELECT CASE WHEN l.address = '' THEN 'webhook' ELSE 'telegram' END AS service, d.state, d.detail
     FROM gate.deliveries d JOIN gate.channel_links l ON l.id = d.link_id WHERE d.about_id = $1 ORDER BY d.due_at, d.id`,
    [about],
  );
const ended = async (about: string, states: string[]): Promise<Line[]> =>
  await soon(`${about} to be ${states.join(", ")}`, async () => {
    const lines = await linesOf(about);
    return JSON.stringify(lines.map(({ state }) => state)) === JSON.stringify(states) ? lines : null;
  });
/** Time passes: what was to be told in `minutes` is due. */
const pass = async (minutes: number): Promise<void> => {
  await world.sql(
    "UPDATE gate.deliveries SET due_at = due_at - make_interval(mins => $1) WHERE state = 'waiting'",
    [minutes],
  );
  await world.channels.members.test(world.ada.organization, world.ada.person, await aLink());
};
/** A time zone in which it is noon and some minutes, so that no midnight comes in between. */
function zoneAtNoon(): string {
  const ahead = 12 - new Date(world.gate.clock.now()).getUTCHours();
  return ahead === 0 ? "UTC" : `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
}
const aLink = async (): Promise<string> =>
  (await world.sql<{ id: string }>("SELECT id FROM gate.channel_links WHERE address <> ''"))[0]?.id ?? "";
const held = async (): Promise<string> => {
  const hold = await push(world.gate, world.ada, place, { commit: (commit++).toString(16) });
  await world.channels.notifier.holdOpened(hold);
  return hold.id;
};

test("with no phone the first channel is told at once, and the second only if the first could not be reached", async () => {
  const hold = await held();
  await ended(hold, ["sent", "waiting"]);
  await pass(5);
  expect((await ended(hold, ["sent", "skipped"]))[1]?.detail).toBe("Another channel was told before.");
  telegram.next.set("sendMessage", { status: 400, body: { ok: false, description: "Bad Request: no" } });
  const other = await held();
  await ended(other, ["failed", "waiting"]);
  await pass(5);
  await ended(other, ["failed", "sent"]);
});

test("a phone that shows it is enough; one that does not is not believed", async () => {
  await aPhone();
  const [shown, unseen] = [await held(), await held()];
  for (const hold of [shown, unseen])
    await world.sql(
      "INSERT INTO gate.notifications (organization_id, hold_id, hold_state, subscription_id, state, sent_at, shown_at) VALUES ($1, $2, 'pending', 'phone', 'sent', now(), $3)",
      [world.ada.organization, hold, hold === shown ? new Date() : null],
    );
  await ended(shown, ["waiting", "waiting"]);
  await pass(5);
  expect((await ended(shown, ["skipped", "waiting"]))[0]?.detail).toBe("The phone showed it.");
  await ended(unseen, ["sent", "waiting"]);
});

test("what is handled before its turn is not told, and what was told says so", async () => {
  await aPhone();
  const hold = await held();
  await world.gate.core.holds.withdraw(world.ada.organization, hold, "not needed");
  await pass(10);
  expect((await ended(hold, ["skipped", "skipped"]))[0]?.detail).toBe("It was handled before.");
});

test("in quiet hours only what was chosen comes, so often a night, and the rest is in the briefing", async () => {
  await quietNow();
  await choose({ nightMax: 1 });
  const run = await world.job();
  const plain = await world.ask(run, "which colour?");
  expect((await ended(plain, ["kept", "waiting"]))[0]?.detail).toBe("Quiet hours: it is in the briefing.");
  const urgent = await world.ask(run, "the disk is full", { urgent: true });
  await ended(urgent, ["sent", "waiting"]);
  // The one of this night is used up.
  const again = await world.ask(await world.job(), "and the other disk", { urgent: true });
  await ended(again, ["kept", "waiting"]);
  expect(await world.sql("SELECT about FROM gate.interruptions")).toEqual([{ about: `run ${run.run}` }]);
});

test("an agent that names a channel is heard there, and an urgent thing goes to every channel in turn", async () => {
  const note = await world.ask(await world.job(), "half is done", { kind: "note", channel: "Webhook" });
  expect(await ended(note, ["sent"])).toMatchObject([{ service: "webhook" }]);
  const urgent = await world.ask(await world.job(), "it burns", { urgent: true });
  await ended(urgent, ["sent", "waiting"]);
  await pass(5);
  await ended(urgent, ["sent", "sent"]);
});

test("a result that goes to several channels is told at those that somebody has, and at their usual ones, once, where they have none of them", async () => {
  /** Written at one moment, as a chain does it. */
  const notes = async (...channels: string[]): Promise<string[]> => {
    const { job, run } = await world.job();
    const rows = await world.sql<{ id: string }>(
      `INSERT INTO jobs.human_messages (organization_id, id, kind, purpose, run_id, job_id, workstation_id, text, channel)
       SELECT organization_id, 'say_' || id || '_' || n, 'note', 'chain', id, job_id, workstation_id, E'night: briefing succeeded.\\n\\nAll is\\nquiet.', channel
       FROM jobs.runs, unnest($2::text[]) WITH ORDINALITY AS named(channel, n) WHERE id = $1 AND job_id = $3 RETURNING id`,
      [run, channels, job],
    );
    return rows.map(({ id }) => id);
  };
  await aPhone();
  const [hook = "", chat = "", phone = ""] = await notes("webhook", "Telegram", "push");
  expect(await ended(hook, ["sent"])).toMatchObject([{ service: "webhook" }]);
  expect(await ended(chat, ["sent"])).toMatchObject([{ service: "telegram" }]);
  expect(telegram.sent.at(-1)?.text).toContain(
    "atlas has a result of the night\n\nnight: briefing succeeded.\n\nIt writes:\n> All is\n> quiet.",
  );
  await soon("the phone to ring", () => world.rungFor.includes(phone));
  expect(world.rungFor).toEqual(expect.not.arrayContaining([hook, chat]));
  expect(await linesOf(phone)).toEqual([]);
  // Alone, the phone has the usual channels behind it.
  const [only = ""] = await notes("push");
  await ended(only, ["waiting", "waiting"]);
  const [slack = "", discord = ""] = await notes("slack", "discord");
  await ended(slack, ["waiting", "waiting"]);
  const last = await notes("telegram");
  await ended(last[0] ?? "", ["sent"]);
  expect(await linesOf(discord)).toEqual([]);
  expect(world.rungFor.filter((id) => [slack, discord, only].includes(id))).toEqual([only, slack]);
});

test("N3: a flood becomes a trickle: nothing is lost, and nobody is sent a hundred messages", async () => {
  const run = await world.job();
  const before = telegram.sent.length;
  const notes: string[] = [];
  for (let count = 0; count < 25; count += 1)
    notes.push(await world.ask(run, `note ${count}`, { kind: "note", channel: "telegram" }));
  const counted = async (): Promise<Record<string, unknown>[]> =>
    await world.sql(
      "SELECT state, count(*)::int AS count FROM gate.deliveries WHERE about_id = ANY($1) GROUP BY state ORDER BY state",
      [notes],
    );
  await soon("the flood to be slowed", async () => {
    const rows = await counted();
    return rows.length === 2 && rows[0]?.["state"] === "sent" && rows[0]["count"] === 20;
  });
  expect(telegram.sent.length - before).toBe(20);
});

test("never twice: what was on its way when the gate ended is not sent again, but to a webhook, which knows it", async () => {
  await world.sql("UPDATE gate.deliveries SET state = 'skipped' WHERE state IN ('waiting', 'sending')");
  const links = await world.sql<{ id: string; channel_id: string; address: string }>(
    "SELECT * FROM gate.channel_links ORDER BY address",
  );
  const run = await world.job();
  const note = await world.ask(run, "on its way", { kind: "note", channel: "nobody" });
  await soon("the note to be written", async () => (await linesOf(note)).length === 2);
  await world.channels.stop();
  const [posted, sent] = [receiver.posted.length, telegram.sent.length];
  await world.sql("UPDATE gate.deliveries SET state = 'sending', sent_at = NULL WHERE about_id = $1", [note]);
  await world.sql("UPDATE gate.deliveries SET due_at = now() WHERE about_id = $1 AND link_id = $2", [
    note,
    links[0]?.id,
  ]);
  await world.restart();
  await soon("the webhook to be told", () => receiver.posted.length > posted);
  const lines = await linesOf(note);
  expect(lines.find(({ service }) => service === "telegram")?.state).toBe("unknown");
  expect(telegram.sent).toHaveLength(sent);
});

test("the briefing comes once a day through the chosen channels, failures first", async () => {
  const { organization, person } = world.ada;
  const failing = await world.job();
  await world.sql(
    "UPDATE jobs.runs SET state = 'failed', error = 'out of memory', ended_at = now() WHERE id = $1",
    [failing.run],
  );
  await world.sql("UPDATE gate.deliveries SET state = 'skipped' WHERE state = 'waiting'");
  const choice = {
    minute: 12 * 60,
    timeZone: zoneAtNoon(),
    links: [await aLink(), "somebody-elses"],
    phone: true,
  };
  await world.channels.members.setBriefing(organization, person, choice);
  const told = await soon("the briefing", () =>
    telegram.sent.findLast(({ text }) => text.includes("Good morning")),
  );
  expect(told.text).toMatch(/went wrong/);
  expect(told.text.indexOf("Went wrong:")).toBeGreaterThan(0);
  expect(told.text).toContain("“out of memory”");
  expect(world.rung).toHaveLength(1);
  // Set anew on the same day, it does not come again.
  await world.channels.members.setBriefing(organization, person, choice);
  await world.restart();
  const page = await world.channels.members.look(organization, person);
  expect(page.briefing).toEqual({ ...choice, links: [await aLink()] });
  expect(await world.sql("SELECT person_id FROM gate.briefings")).toHaveLength(1);
  expect(telegram.sent.filter(({ text }) => text.includes("Good morning"))).toHaveLength(1);
});
