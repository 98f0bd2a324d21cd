/** What a member sees of the organization's channels and sets for themselves: links, order, what wakes them, the briefing, and how messages fared. */
import type { GateDatabase } from "@nightgate/db/gate";
import type { ChannelResource, ChannelService } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { type Attention, type AttentionChoices, WAKES } from "../push/attention.ts";
import { membersOf } from "../push/recipients.ts";
import type { BriefingChoice, Briefings } from "./briefings.ts";
import { type AboutKind, writeDeliveries } from "./deliveries.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { Link, Links } from "./links.ts";
import type { Connection, Service } from "./service.ts";

export interface DeliveryLine {
  at: Date;
  channel: string;
  about: AboutKind;
  state: string;
  detail: string;
}

export interface MemberChannels {
  look(
    organization: string,
    person: string,
  ): Promise<{
    channels: { id: string; name: string; service: ChannelService; ready: boolean }[];
    links: Link[];
    attention: AttentionChoices;
    briefing: BriefingChoice | null;
    log: DeliveryLine[];
  }>;
  /** Throws Problem input.invalid for a credential that cannot be one of that service. */
  checkCredential(service: ChannelService, credential: string): void;
  /** What to do next: `code` to be sent by the member, or null where it was sent to `address`, or nothing is left to do. */
  beginLink(
    who: { organization: string; person: string },
    channel: string,
    address: string | null,
  ): Promise<{ done: boolean; code: string | null; words: string; url: string | null }>;
  confirmLink(who: { organization: string; person: string }, channel: string, code: string): Promise<void>;
  unlink(organization: string, person: string, link: string): Promise<void>;
  order(organization: string, person: string, links: readonly string[]): Promise<void>;
  /** Sends a test; the log says how it fared. */
  test(organization: string, person: string, link: string): Promise<void>;
  setAttention(person: string, choices: AttentionChoices): Promise<void>;
  setBriefing(organization: string, person: string, choice: BriefingChoice | null): Promise<void>;
}

export interface MemberChannelsDeps {
  db: GateDatabase;
  now: () => number;
  links: Links;
  attention: Attention;
  briefings: Briefings;
  services: Record<ChannelService, Service>;
  ofPolicy(organization: string): Promise<ChannelResource[]>;
  connect(organization: string, channel: string): Promise<Connection | null>;
  due(organization: string): void;
}

export function createMemberChannels(deps: MemberChannelsDeps): MemberChannels {
  const { db, links, attention, briefings, services } = deps;
  return {
    look: async (organization, person) => {
      const channels = await deps.ofPolicy(organization);
      const names = new Map(channels.map(({ id, name }) => [id, name]));
      const ready = await Promise.all(
        channels.map(async ({ id }) => (await deps.connect(organization, id)) !== null),
      );
      return {
        channels: channels.map(({ id, name, service }, at) => ({
          id,
          name,
          service,
          ready: ready[at] ?? false,
        })),
        links: (await links.ofPerson(organization, person)).filter(({ channel }) => names.has(channel)),
        attention: await attention.of(person),
        briefing: await briefings.of(organization, person),
        log: (await logOf(db, organization, person)).map(({ channel, ...line }) => ({
          ...line,
          channel: names.get(channel) ?? "a channel that is gone",
        })),
      };
    },
    checkCredential: (service, credential) => services[service].checkCredential(credential),
    beginLink: async (who, channel, address) => await beginLink(deps, who, channel, address),
    confirmLink: async ({ organization, person }, channel, code) => {
      await links.confirm(organization, channel, person, code);
    },
    unlink: async (organization, person, link) => await links.remove(organization, person, link),
    order: async (organization, person, ids) => await links.order(organization, person, ids),
    test: async (organization, person, id) => {
      const link = (await links.ofPerson(organization, person)).find((each) => each.id === id);
      if (link === undefined) throw new Problem("not-found", { what: "such link" });
      const dueAt = new Date(deps.now());
      // One a minute: it is a message to somebody else's service.
      const about = { kind: "test", id: `${id} ${Math.floor(deps.now() / 60_000)}`, turn: 0 } as const;
      await db.asOrganization(
        organization,
        async (tx) =>
          await writeDeliveries(tx, organization, about, [
            { link: id, person, channel: link.channel, named: true, dueAt },
          ]),
      );
      deps.due(organization);
    },
    setAttention: async (person, choices) =>
      await attention.set(person, {
        ...choices,
        wakes: WAKES.filter((wake) => choices.wakes.includes(wake)),
      }),
    setBriefing: async (organization, person, choice) => {
      await briefings.set(organization, person, choice);
      deps.due(organization);
    },
  };
}

async function beginLink(
  { db, links, services, connect }: MemberChannelsDeps,
  { organization, person }: { organization: string; person: string },
  id: string,
  address: string | null,
): ReturnType<MemberChannels["beginLink"]> {
  const connection = await connect(organization, id);
  if (connection === null) throw new Problem("not-found", { what: "such channel with a credential" });
  const { channel } = connection;
  const service = services[channel.service];
  const signal = AbortSignal.timeout(CHANNEL_LIMITS.answerMsMax);
  if (channel.service === "email") {
    if (address === null) throw new Problem("input.invalid", { why: "give an address" });
    const code = await links.makeCode(organization, id, person, address);
    const sent = await service.send(
      connection,
      address,
      codeMessage(code),
      `code_${code.slice(0, 4)}`,
      signal,
    );
    if (sent.result !== "sent")
      throw new Problem("channel.unreachable", { channel: channel.name, why: sent.detail });
    return {
      done: false,
      code: null,
      words: "We have sent you a code. It works for ten minutes.",
      url: null,
    };
  }
  if (service.howToLink === undefined) {
    // A place that everybody in it reads: who may change the organization's settings puts it on their list.
    const members = await db.asOrganization(organization, async (tx) => await membersOf(tx, organization));
    const role = members.find((member) => member.person === person)?.role;
    if (role !== "owner" && role !== "admin")
      throw new Problem("role.refused", { what: "send notifications to a place that others read" });
    await links.add(organization, id, person);
    return { done: true, code: null, words: "", url: null };
  }
  const code = await links.makeCode(organization, id, person, "");
  return { done: false, code, ...(await service.howToLink(connection, code, signal)) };
}

function codeMessage(code: string): Parameters<Service["send"]>[2] {
  return {
    title: "Your code for Nightgate",
    body: `Type this on the gate's page within ten minutes: ${code}\n\nIf you did not ask for it, somebody has mistyped an address. Do nothing.`,
    link: null,
    buttons: [],
    quiet: false,
  };
}

async function logOf(
  db: GateDatabase,
  organization: string,
  person: string,
): Promise<(Omit<DeliveryLine, "channel"> & { channel: string })[]> {
  return await db.asOrganization(
    organization,
    async (tx) =>
      await tx.$queryRaw<DeliveryLine[]>`
      SELECT coalesce(sent_at, created_at) AS at, channel_id AS channel, about_kind AS about, state, detail
      FROM gate.deliveries WHERE person_id = ${person} ORDER BY id DESC LIMIT ${CHANNEL_LIMITS.logLinesMax}`,
  );
}
