/** Web push, tied together: the Notifier that core tells of holds, and the devices that the pages show. */
import { join } from "node:path";
import { openGateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import type { Hold, Notifier } from "../core/ports.ts";
import { createCheckedDial } from "../net/checked-dial.ts";
import { createCheckedLookup, lookupBySystem } from "../net/checked-lookup.ts";
import { createUpstreams } from "../net/upstreams.ts";
import { createDeliver } from "./deliver.ts";
import { readEndpoint } from "./endpoint.ts";
import { messageOf, TEST_MESSAGE } from "./message.ts";
import { createNow } from "./now.ts";
import { createOutbox } from "./outbox.ts";
import { createQuietHours, type QuietHoursStore } from "./quiet-hours.ts";
import { createRings } from "./rings.ts";
import { type Changes, followRuns, type RunNewsDeps } from "./run-news.ts";
import { createSender } from "./sender.ts";
import { readShownToken } from "./shown.ts";
import { createSubscriptions, type NewSubscription } from "./subscriptions.ts";
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
  const now = createNow({ db, outbox, quietHours, rings: createRings({ clock }), clock });
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
        const subscription = readShownToken(keys.privateKey, token);
        if (subscription !== null) await subscriptions.markShown(subscription, new Date(clock.now()));
      },
      quietHours,
      test: async (person, only) =>
        await Promise.all(
          (await subscriptions.ofPerson(person))
            .filter(({ id }) => only === undefined || id === only)
            .map(async (to) => {
              const delivery = await deliver(to, TEST_MESSAGE, TEST_KEPT_SECONDS, stopping.signal);
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
