/** Channels, tied together: what core and the runner's rows make known goes out, what members write comes in. */
import { createHash } from "node:crypto";
import { openGateDatabase } from "@nightgate/db/gate";
import type { Change } from "@nightgate/shared/changes";
import type { Clock } from "@nightgate/shared/clock";
import type { ChannelResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { Notifier, Policies, Vault } from "../core/ports.ts";
import type { Rejection } from "../core/reject-by-words.ts";
import { createCheckedDial } from "../net/checked-dial.ts";
import { createCheckedLookup, lookupBySystem } from "../net/checked-lookup.ts";
import { createUpstreams } from "../net/upstreams.ts";
import { type Attention, createAttention } from "../push/attention.ts";
import { createQuietHours } from "../push/quiet-hours.ts";
import { createBriefings } from "./briefings.ts";
import { createDeliveries } from "./deliveries.ts";
import { createLinks, type Links } from "./links.ts";
import { createListeners } from "./listeners.ts";
import { createMemberChannels, type MemberChannels } from "./member-channels.ts";
import { createNews, type News } from "./news.ts";
import { createTake } from "./receive.ts";
import { createRounds } from "./rounds.ts";
import { createSender } from "./sender.ts";
import type { Connection } from "./service.ts";
import { createServices } from "./services/services.ts";
import type { Origins } from "./words.ts";

export interface ChannelsSettings {
  databaseUrl: string;
  origins: Origins;
  /** PEM certificates to trust instead of the system's. For tests. */
  trust?: string[];
}

export interface ChannelsTools {
  clock: Clock;
  log: {
    warn(fields: Record<string, unknown>, message: string): void;
    error(fields: Record<string, unknown>, message: string): void;
  };
  policies: Pick<Policies, "current">;
  vault: Vault;
  organizations(): readonly string[];
  reject(rejection: Rejection): Promise<unknown>;
  /** Tells phones of what an agent says, where no state of a run does. */
  ringMessage(organization: string, message: string, persons: readonly string[]): Promise<void>;
  /** Tells a person's phone that the briefing of that day is there. */
  ringBriefing(person: string, day: string): Promise<void>;
  /** The weekly self-test of those devices of its members for which it is time. */
  testDevices(organization: string): Promise<void>;
}

export interface Channels {
  notifier: Notifier;
  /** A run became news, or what was told of it is settled. */
  runMoved: News["run"];
  attention: Attention;
  links: Links;
  /** For the pages. */
  members: MemberChannels;
  /** Begins to send and to hear. */
  start(changes: Changes): void;
  stop(): Promise<void>;
}

interface Changes {
  subscribe(listener: (change: Change) => void): () => void;
  onConnected(listener: () => void): () => void;
}

export function openChannels(settings: ChannelsSettings, tools: ChannelsTools): Channels {
  const { clock, log, organizations } = tools;
  const { origins } = settings;
  const db = openGateDatabase(settings.databaseUrl);
  const { upstreams, services } = openServices(settings, clock);
  const now = (): number => clock.now();
  const [links, deliveries] = [createLinks({ db, now }), createDeliveries(db)];
  const attention = createAttention({ db, quietHours: createQuietHours(db), now });
  const { ofPolicy, connect } = readingPolicy(tools);
  const sender = createSender({ db, clock, deliveries, links, attention, services, connect, origins });
  const briefings = createBriefings({ db, now, origins, ring: tools.ringBriefing });
  const rounds = createRounds({
    clock,
    log,
    deliveries,
    sender,
    organizations,
    ofPolicy,
    also: async (organization) => {
      await briefings.write(organization);
      await tools.testDevices(organization);
    },
  });
  const news = createNews({ db, attention, now, ofPolicy, rounds, ring: tools.ringMessage });
  const take = createTake({ db, clock, links, deliveries, origins, reject: tools.reject });
  const listeners = createListeners({ clock, log, services, ofPolicy, connect, take });
  const stops: (() => void)[] = [];
  return {
    notifier: { holdOpened: news.hold, holdMoved: news.hold },
    runMoved: news.run,
    attention,
    links,
    members: createMemberChannels({
      db,
      now,
      links,
      attention,
      briefings,
      services,
      ofPolicy,
      connect,
      due: (organization) => rounds.look(organization),
    }),
    start: (changes) => {
      rounds.start();
      stops.push(...follow(changes, { news, listeners, rounds, organizations, log }));
    },
    stop: async () => {
      for (const stop of stops) stop();
      await listeners.stop();
      await rounds.stop();
      await upstreams.stop();
      await db.close();
    },
  };
}

function openServices({ trust, origins }: ChannelsSettings, clock: Clock) {
  const lookup = createCheckedLookup(lookupBySystem);
  const dial = createCheckedDial({ lookup, ...(trust === undefined ? {} : { trust }) });
  const upstreams = createUpstreams({ dial });
  const host = new URL(origins.gate).hostname;
  return { upstreams, services: createServices({ dial, upstreams, host, clock, trust }) };
}

function readingPolicy({ policies, vault }: ChannelsTools): {
  ofPolicy(organization: string): Promise<ChannelResource[]>;
  connect(organization: string, channel: string): Promise<Connection | null>;
} {
  const ofPolicy = async (organization: string): Promise<ChannelResource[]> => {
    try {
      const { resources } = await policies.current(organization);
      return resources.filter((each) => each.kind === "channel");
    } catch (error) {
      // Not founded yet, or unreadable: then there are none (invariant 8).
      if (error instanceof Problem) return [];
      throw error;
    }
  };
  return {
    ofPolicy,
    connect: async (organization, id) => {
      const channel = (await ofPolicy(organization)).find((each) => each.id === id);
      if (channel === undefined) return null;
      const credential = await vault.open(organization, id, "channel.credential");
      // A mail server may ask for none.
      if (credential === null && channel.service !== "email") return null;
      const digest = createHash("sha256")
        .update(credential ?? "")
        .digest("hex");
      return { channel, credential: credential ?? "", pool: `channel ${id} ${digest.slice(0, 16)}` };
    },
  };
}

interface Followers {
  news: News;
  listeners: { look(organization: string): void };
  rounds: { look(organization: string): void; settle(organization: string): void };
  organizations(): readonly string[];
  log: ChannelsTools["log"];
}

/** Returns what ends it. */
function follow(
  changes: Changes,
  { news, listeners, rounds, organizations, log }: Followers,
): (() => void)[] {
  const guarded = (work: Promise<void>): void => {
    void work.catch((error: unknown) => log.error({ error }, "a channel could not be told of a message"));
  };
  const all = (): void => {
    for (const organization of organizations()) {
      listeners.look(organization);
      rounds.settle(organization);
      guarded(news.missed(organization));
    }
  };
  all();
  return [
    changes.subscribe(({ table, organization, id }) => {
      if (organization === null || !organizations().includes(organization)) return;
      if (table === "jobs.human_messages") guarded(news.message(organization, id));
      if (table === "gate.policies" || table === "gate.holds") listeners.look(organization);
    }),
    changes.onConnected(all),
  ];
}
