/** Web push, tied together: the Notifier that core tells of holds, and the devices that the pages show. */
import { join } from "node:path";
import { openGateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import type { Hold, Notifier } from "../core/ports.ts";
import { createCheckedDial } from "../net/checked-dial.ts";
import { createCheckedLookup, lookupBySystem } from "../net/checked-lookup.ts";
import { createUpstreams } from "../net/upstreams.ts";
import { createAttention } from "./attention.ts";
import { createDeliver, type Delivery } from "./deliver.ts";
import { readEndpoint } from "./endpoint.ts";
import { PUSH_LIMITS } from "./limits.ts";
import { BRIEFING_MESSAGE, messageOf, type PushMessage, SELF_TEST_MESSAGE, TEST_MESSAGE } from "./message.ts";
import { createNow } from "./now.ts";
import { createOutbox } from "./outbox.ts";
import { createQuietHours, type QuietHoursStore } from "./quiet-hours.ts";
import { createRings } from "./rings.ts";
import { type Changes, followRuns, type RunNewsDeps } from "./run-news.ts";
import { createSender } from "./sender.ts";
import { readShownToken } from "./shown.ts";
import { createSubscriptions, type NewSubscription, type Subscription } from "./subscriptions.ts";
import { openVapidKeys, vapidSubject } from "./vapid-keys.ts";

export interface PushSettings {
  /** The gate's own folder; the key towards push services is kept below it. */
  folder: string;
  /** The URL of the role `nightgate_gate`. */
  databaseUrl: string;
  origin: string;
  /** Hosts that endpoints may name although they are not on the public internet. */
  allowedHosts: readonly string[];
  /** PEM certificates to trust instead of the system's. For tests. */
  trust?: string[];
}

interface PushTools {
  clock: Clock;
  log: { error(fields: Record<string, unknown>, message: string): void };
}

interface Device {
  id: string;
  device: string;
  createdAt: Date;
  failedAt: Date | null;
  shownAt: Date | null;
  testedAt: Date | null;
  testShownMs: number | null;
}

export interface Push {
  notifier: Notifier;
  devices: {
    publicKey: string;
    list(person: string): Promise<Device[]>;
    subscribe(person: string, subscription: NewSubscription): Promise<Device>;
    unsubscribe(person: string, id: string): Promise<void>;
    /** A device's word that it showed a message; one that the gate did not make is passed over. */
    shown(token: string): Promise<void>;
    quietHours: QuietHoursStore;
    test(person: string, only?: string): Promise<{ device: string; sent: boolean; detail: string }[]>;
  };
  /** Says that an agent has said something, where no state of a run tells of it. */
  tellMessage(organization: string, message: string, persons: readonly string[]): Promise<void>;
  /** Says that the person's briefing is there, and no word of it. */
  ringBriefing(person: string): Promise<void>;
  /** Sends the weekly self-test, without a sound, to those devices of the organization's members for which it is time. */
  testDevices(organization: string): Promise<void>;
  /** Tells of runs from here on. Returns what ends it, to be called before `stop`. */
  followRuns(
    changes: Changes,
    organizations: () => readonly string[],
    alsoTell?: RunNewsDeps["alsoTell"],
  ): () => Promise<void>;
  /** After a start: sends what still waits, and tells of pending holds that nobody was told of. */
  resume(organizations: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

const TEST_KEPT_SECONDS = 300;

export function openPush(settings: PushSettings, { clock, log }: PushTools): Push {
  const db = openGateDatabase(settings.databaseUrl);
  const allowedHosts = new Set(settings.allowedHosts);
  const keys = openVapidKeys(join(settings.folder, "push"));
  const upstreams = createUpstreams({
    dial: createCheckedDial({
      lookup: createCheckedLookup(lookupBySystem),
      ...(settings.trust === undefined ? {} : { trust: settings.trust }),
    }),
  });
  const deliver = createDeliver({ upstreams, keys, subject: vapidSubject(settings.origin), allowedHosts });
  const [subscriptions, outbox] = [createSubscriptions(db), createOutbox(db)];
  const quietHours = createQuietHours(db);
  const attention = createAttention({ db, quietHours, now: () => clock.now() });
  const now = createNow({ db, outbox, attention, rings: createRings({ clock }), clock });
  const sender = createSender({ outbox, subscriptions, deliver, now, clock, log });
  const stopping = new AbortController();

  const tell = async (hold: Hold): Promise<void> => {
    if (messageOf(hold, hold.id) === null) return;
    const devices = await subscriptions.ofApprovers(hold.organization);
    if (devices.length === 0) return;
    sender.take(
      await outbox.queue(
        hold.organization,
        { kind: "hold", hold: hold.id, state: hold.state },
        devices.map((device) => device.id),
      ),
    );
  };
  const test = async (to: Subscription, message: PushMessage): Promise<Delivery> => {
    const at = clock.now();
    await subscriptions.markTested(to.id, new Date(at));
    const how = { keptSeconds: TEST_KEPT_SECONDS, shows: { kind: "test", at } } as const;
    return await deliver(to, message, how, stopping.signal);
  };
  const nextTests = new Map<string, number>();
  return {
    notifier: { holdOpened: tell, holdMoved: tell },
    devices: {
      publicKey: keys.publicKey,
      list: async (person) => await subscriptions.ofPerson(person),
      subscribe: async (person, subscription) => {
        readEndpoint(subscription.endpoint, allowedHosts);
        return await subscriptions.add(person, subscription);
      },
      unsubscribe: async (person, id) => await subscriptions.remove(person, id),
      shown: async (token) => {
        const said = readShownToken(keys.privateKey, token);
        if (said !== null) await subscriptions.markShown(said.subscription, new Date(clock.now()), said.what);
      },
      quietHours,
      test: async (person, only) =>
        await Promise.all(
          (await subscriptions.ofPerson(person))
            .filter(({ id }) => only === undefined || id === only)
            .map(async (to) => {
              const delivery = await test(to, TEST_MESSAGE);
              if (delivery.result === "gone") await subscriptions.drop(to.id);
              return {
                device: to.device,
                sent: delivery.result === "sent",
                detail:
                  "detail" in delivery
                    ? delivery.detail
                    : delivery.result === "gone"
                      ? "This device has unsubscribed; it is removed from the list."
                      : "",
              };
            }),
        ),
    },
    tellMessage: async (organization, message, persons) => {
      const devices = await subscriptions.ofThese(organization, persons);
      const ids = devices.map(({ id }) => id);
      if (ids.length > 0) sender.take(await outbox.queue(organization, { kind: "message", message }, ids));
    },
    ringBriefing: async (person) => {
      const how = { keptSeconds: PUSH_LIMITS.keptSecondsMax, shows: { kind: "other" } } as const;
      for (const to of await subscriptions.ofPerson(person))
        await deliver(to, BRIEFING_MESSAGE, how, stopping.signal);
    },
    testDevices: async (organization) => {
      if (clock.now() < (nextTests.get(organization) ?? 0)) return;
      nextTests.set(organization, clock.now() + PUSH_LIMITS.selfTestLookMs);
      const since = new Date(clock.now() - PUSH_LIMITS.selfTestEveryMs);
      for (const to of await subscriptions.takeUntested(organization, since, new Date(clock.now())))
        await test(to, SELF_TEST_MESSAGE);
    },
    followRuns: (changes, organizations, alsoTell = async () => undefined) =>
      followRuns(
        { db, outbox, subscriptions, send: (messages) => sender.take(messages), alsoTell, clock, log },
        changes,
        organizations,
      ),
    resume: async (organizations) => {
      for (const organization of organizations) {
        sender.take(await outbox.waiting(organization));
        for (const hold of await outbox.pendingHolds(organization)) await tell(hold);
      }
    },
    stop: async () => {
      stopping.abort();
      await sender.stop();
      await upstreams.stop();
      await db.close();
    },
  };
}
