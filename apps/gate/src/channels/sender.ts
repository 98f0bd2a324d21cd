/** Takes one delivery to its service: as things are now, if it is still needed, and if its person may be disturbed. */
import type { GateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import type { ChannelResource, ChannelService } from "@nightgate/shared/policy";
import { z } from "zod";
import type { Attention } from "../push/attention.ts";
import type { Deliveries, Delivery, DeliveryEnd } from "./deliveries.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { Link, Links } from "./links.ts";
import type { Connection, Sent, Service } from "./service.ts";
import { type Origins, type Said, say } from "./words.ts";

export interface SenderDeps {
  db: GateDatabase;
  clock: Clock;
  deliveries: Deliveries;
  links: Pick<Links, "ofPerson" | "failed">;
  attention: Pick<Attention, "mayRing">;
  services: Record<ChannelService, Service>;
  origins: Origins;
  /** The channel with its credential; null where the policy does not have it any more, or it has none yet. */
  connect(organization: string, channel: string): Promise<Connection | null>;
}

export interface Sender {
  send(delivery: Delivery, signal: AbortSignal): Promise<void>;
  /** Changes a sent message where what it told of is handled. Returns false when it still waits. */
  settle(delivery: Delivery, signal: AbortSignal): Promise<boolean>;
}

export function createSender(deps: SenderDeps): Sender {
  const { clock, deliveries, links, services } = deps;
  return {
    send: async (delivery, signal) => {
      const end = await sendOnce(deps, delivery, signal);
      // What was cut off because the gate stops is not known to have failed: the next start says so.
      signal.throwIfAborted();
      await deliveries.end(delivery, end, new Date(clock.now()));
    },
    settle: async (delivery, signal) => {
      const said = await saidOf(deps, delivery);
      if (said !== null && !("over" in said)) return false;
      const to = await connectionOf(deps, delivery);
      const service = to === null ? null : services[to.connection.channel.service];
      if (
        said !== null &&
        said.over !== "" &&
        to !== null &&
        service?.change &&
        delivery.reference !== null
      ) {
        const { address } = to.link;
        const done = await service.change(to.connection, address, delivery.reference, said.over, signal);
        if (done.result === "later") return false;
        if (done.result === "gone")
          await links.failed(delivery.organization, delivery.link, new Date(clock.now()));
      }
      await deliveries.settled(delivery, new Date(clock.now()));
      return true;
    },
  };
}

async function saidOf({ db, origins }: SenderDeps, delivery: Delivery): Promise<Said | null> {
  if (delivery.about.kind === "briefing") return briefingOf(delivery.body);
  return await db.asOrganization(delivery.organization, async (tx) => await say(tx, delivery.about, origins));
}

const briefingBody = z.object({ title: z.string(), text: z.string() });

function briefingOf(body: unknown): Said | null {
  const read = briefingBody.safeParse(body);
  if (!read.success) return null;
  const { title, text } = read.data;
  return {
    message: { title, body: text, link: null, buttons: [], quiet: false },
    wakes: [],
    thing: "briefing",
  };
}

async function connectionOf(
  { connect, links }: SenderDeps,
  { organization, channel, person, link }: Delivery,
): Promise<{ connection: Connection; link: Link } | null> {
  const connection = await connect(organization, channel);
  const found = (await links.ofPerson(organization, person)).find(({ id }) => id === link);
  return connection === null || found === undefined ? null : { connection, link: found };
}

async function sendOnce(deps: SenderDeps, delivery: Delivery, signal: AbortSignal): Promise<DeliveryEnd> {
  const { clock, services, links } = deps;
  const said = await saidOf(deps, delivery);
  if (said === null) return { state: "skipped", detail: "It is not there any more." };
  if ("over" in said) return { state: "skipped", detail: "It was handled before." };
  const needless = await whyNot(deps, delivery, said);
  if (needless !== null) return needless;
  const to = await connectionOf(deps, delivery);
  if (to === null)
    return { state: "failed", detail: "The channel has no credential, or is gone from the policy." };
  const { channel } = to.connection;
  const sent = await services[channel.service].send(
    to.connection,
    to.link.address,
    said.message,
    `msg_${delivery.id}`,
    signal,
  );
  if (sent.result === "gone") await links.failed(delivery.organization, delivery.link, new Date(clock.now()));
  if (sent.result === "sent" && to.link.failedAt !== null)
    await links.failed(delivery.organization, delivery.link, null);
  return endOf(sent, delivery.attempts, channel, clock.now());
}

function endOf(sent: Sent, attempts: number, { service }: ChannelResource, now: number): DeliveryEnd {
  switch (sent.result) {
    case "sent":
      return { state: "sent", reference: sent.reference };
    case "later":
      return again(sent.detail, sent.afterMs, attempts, now);
    case "unknown":
      // A webhook's receiver knows a message that it has had (webhook-id); others would show it twice.
      return service === "webhook"
        ? again(sent.detail, null, attempts, now)
        : { state: "unknown", detail: sent.detail };
    case "refused":
    case "gone":
      return { state: "failed", detail: sent.detail };
    default:
      return sent satisfies never;
  }
}

function again(detail: string, afterMs: number | null, attempts: number, now: number): DeliveryEnd {
  const wait = CHANNEL_LIMITS.retryWaitsMs[attempts - 1];
  return wait === undefined
    ? { state: "failed", detail }
    : { state: "waiting", detail, dueAt: new Date(now + Math.max(wait, afterMs ?? 0)), tried: true };
}

async function whyNot(
  { db, clock, deliveries, attention }: SenderDeps,
  delivery: Delivery,
  said: Exclude<Said, { over: string }>,
): Promise<DeliveryEnd | null> {
  const { about, person, organization, named } = delivery;
  if (about.kind === "test" || about.kind === "briefing") return null;
  const urgent = said.wakes.includes("urgent");
  if (!named && !urgent) {
    if (await phoneShowed(db, delivery)) return { state: "skipped", detail: "The phone showed it." };
    if ((await deliveries.toldElsewhere(delivery)) !== null)
      return { state: "skipped", detail: "Another channel was told before." };
  }
  if (!(await attention.mayRing(person, said.wakes, said.thing)))
    return { state: "kept", detail: "Quiet hours: it is in the briefing." };
  const since = new Date(clock.now() - 600_000);
  if ((await deliveries.sentSince(organization, delivery.link, since)) >= CHANNEL_LIMITS.sentPerTenMinutesMax)
    return {
      state: "waiting",
      detail: "Many at once: it waits its turn.",
      dueAt: new Date(clock.now() + 60_000),
      tried: false,
    };
  return null;
}

/** A device of the person's has said that it showed the message about this very thing. */
async function phoneShowed(db: GateDatabase, { organization, person, about }: Delivery): Promise<boolean> {
  return await db.asOrganization(organization, async (tx) => {
    const [row] = await tx.$queryRaw<{ shown: boolean }[]>`
      SELECT EXISTS (
        SELECT 1 FROM gate.notifications n JOIN gate.push_subscriptions s ON s.id = n.subscription_id
        WHERE s.person_id = ${person} AND n.shown_at IS NOT NULL AND (
          (${about.kind} = 'hold' AND n.hold_id = ${about.id} AND (n.hold_state = 'pending') = (${about.turn} = 0))
          OR (${about.kind} IN ('question', 'note') AND n.message_id = ${about.id})
          OR (${about.kind} = 'run' AND n.run_id = ${about.id} AND n.run_turn = ${about.turn})
          OR (${about.kind} = 'question' AND n.run_state = 'awaiting_input' AND n.shown_at >= (SELECT created_at FROM jobs.human_messages WHERE id = ${about.id})
            AND n.run_id = (SELECT run_id FROM jobs.human_messages WHERE id = ${about.id})))) AS shown`;
    return row?.shown ?? false;
  });
}
