/** Keeps one ear per channel that can hear: opened when the policy has it, closed when it is gone or has a new credential, opened again when it breaks. */
import type { Clock } from "@nightgate/shared/clock";
import type { ChannelResource, ChannelService } from "@nightgate/shared/policy";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { Take } from "./receive.ts";
import type { Connection, Service } from "./service.ts";

export interface ListenerDeps {
  clock: Clock;
  log: { warn(fields: Record<string, unknown>, message: string): void };
  services: Record<ChannelService, Service>;
  ofPolicy(organization: string): Promise<ChannelResource[]>;
  connect(organization: string, channel: string): Promise<Connection | null>;
  take: Take;
}

export interface Listeners {
  /** The policy or a credential may have changed. */
  look(organization: string): void;
  stop(): Promise<void>;
}

interface Ear {
  organization: string;
  /** The connection's pool and address: another one is another ear. */
  what: string;
  close: AbortController;
  done: Promise<void>;
}

export function createListeners(deps: ListenerDeps): Listeners {
  const ears = new Map<string, Ear>();
  let tail: Promise<void> = Promise.resolve();
  let stopped = false;
  const reconcile = async (organization: string): Promise<void> => {
    const wanted = new Map<string, Connection>();
    for (const channel of await deps.ofPolicy(organization)) {
      if (deps.services[channel.service].receive === undefined) continue;
      const connection = await deps.connect(organization, channel.id);
      if (connection !== null) wanted.set(channel.id, connection);
    }
    for (const [id, ear] of ears) {
      if (ear.organization !== organization) continue;
      const now = wanted.get(id);
      if (now !== undefined && whatOf(now) === ear.what) wanted.delete(id);
      else {
        ear.close.abort();
        ears.delete(id);
        // Two that ask Telegram for news at once take it from each other.
        await ear.done;
      }
    }
    for (const [id, connection] of wanted) {
      const close = new AbortController();
      const done = listen(deps, organization, connection, close.signal);
      ears.set(id, { organization, what: whatOf(connection), close, done });
    }
  };
  return {
    look: (organization) => {
      tail = tail.then(async () => {
        try {
          if (!stopped) await reconcile(organization);
        } catch (error) {
          deps.log.warn({ error }, "the channels that are heard could not be looked at");
        }
      });
    },
    stop: async () => {
      stopped = true;
      await tail;
      for (const ear of ears.values()) ear.close.abort();
      await Promise.all([...ears.values()].map(async (ear) => await ear.done));
    },
  };
}

function whatOf({ pool, channel }: Connection): string {
  return `${pool} ${channel.url} ${channel.service}`;
}

async function listen(
  { clock, log, services, take }: ListenerDeps,
  organization: string,
  connection: Connection,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs: number = CHANNEL_LIMITS.reconnectMsMin;
  const { channel } = connection;
  while (!signal.aborted) {
    const since = clock.now();
    try {
      await services[channel.service].receive?.(
        connection,
        async (received) => await take(organization, connection, received),
        signal,
      );
    } catch (error) {
      if (signal.aborted) return;
      log.warn(
        { channel: channel.id, service: channel.service, error },
        "a channel is not heard; trying again",
      );
    }
    // One that worked for a while has earned a quick return.
    pauseMs =
      clock.now() - since > CHANNEL_LIMITS.reconnectMsMax
        ? CHANNEL_LIMITS.reconnectMsMin
        : Math.min(pauseMs * 2, CHANNEL_LIMITS.reconnectMsMax);
    await clock.wait(pauseMs / 2, signal).catch((stopped: unknown) => stopped);
  }
}
