/** A gate with a founder, channels of local servers in its policy, and rows as the runner writes them: what the tests of channels begin with. */
import type { cloneDatabase } from "@nightgate/db/testing";
import { newId } from "@nightgate/shared/ids";
import type { ChannelResource, ChannelService } from "@nightgate/shared/policy";
import { until } from "@nightgate/testkit/until";
import pg from "pg";
import { createRejectByWords } from "../core/reject-by-words.ts";
import { type ChangesHub, createChangesHub } from "../store/changes-hub.ts";
import { fakePushes, WORKSTATION } from "../testing/fake-push.ts";
import {
  approve,
  type Founder,
  found,
  openTestGate,
  ORIGIN,
  settled,
  type TestGate,
} from "../testing/test-core.ts";
import { type Channels, type ChannelsTools, openChannels } from "./channels.ts";

export const WEB = "http://web.localhost:4600";

export interface ChannelsWorld {
  gate: TestGate;
  ada: Founder;
  channels: Channels;
  /** Puts a channel with its credential into the policy. */
  addChannel(
    service: ChannelService,
    url: string,
    credential: string,
    more?: Partial<ChannelResource>,
  ): Promise<string>;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A job with a run at work. */
  job(person?: string): Promise<{ job: string; run: string }>;
  ask(run: { job: string; run: string }, text: string, more?: Record<string, unknown>): Promise<string>;
  /** Phones that were told of a briefing. */
  rung: string[];
  /** Messages of which phones were told, once for each person. */
  rungFor: string[];
  /** What was asked of the runner, oldest first. */
  inbox(): Promise<Record<string, unknown>[]>;
  /** Ends the channels and opens them anew, as a gate that was killed. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openChannelsWorld(
  server: Parameters<typeof cloneDatabase>[0],
  options: { trust?: string[] } = {},
): Promise<ChannelsWorld> {
  const gate = await openTestGate(server, { handlers: [fakePushes().handler] });
  const ada = await found(gate);
  const owner = new pg.Client({ connectionString: gate.database.urls.superuser });
  await owner.connect();
  await owner.query("INSERT INTO gate.workstations (organization_id, id, name) VALUES ($1, $2, 'atlas')", [
    ada.organization,
    WORKSTATION,
  ]);
  await owner.query(
    "INSERT INTO control.organizations (organization_id, name, time_zone) VALUES ($1, 'Acme', 'UTC')",
    [ada.organization],
  );
  await owner.query(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'atlas', $3)",
    [ada.organization, WORKSTATION, ada.person],
  );
  const changes: ChangesHub = createChangesHub(gate.database.urls.gate);
  const open = (): Channels => {
    const opened = channelsOf(gate, options, {
      ringBriefing: async (person, day) => void world.rung.push(`${person} ${day}`),
      ringMessage: async (_organization, message, persons) =>
        void world.rungFor.push(...persons.map(() => message)),
    });
    opened.start(changes);
    return opened;
  };
  const world: ChannelsWorld = {
    gate,
    ada,
    channels: open(),
    rung: [],
    rungFor: [],
    addChannel: async (service, url, credential, more = {}) =>
      await addChannel(gate, ada, { service, url, credential, more }),
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await owner.query<Row>(text, values)).rows,
    job: async (person = ada.person) => {
      const made = { job: newId("job"), run: newId("run") };
      await world.sql(
        "INSERT INTO jobs.jobs (organization_id, id, workstation_id, agent, title, prompt, created_by) VALUES ($1, $2, $3, 'codex', 'Migrate', 'p', $4)",
        [ada.organization, made.job, WORKSTATION, person],
      );
      await world.sql(
        "INSERT INTO jobs.runs (organization_id, id, job_id, workstation_id, agent, state, started_at) VALUES ($1, $2, $3, $4, 'codex', 'running', now())",
        [ada.organization, made.run, made.job, WORKSTATION],
      );
      return made;
    },
    ask: async ({ job, run }, text, more = {}) => {
      const row = { kind: "question", urgent: false, choices: [], channel: null, ...more };
      const id = newId("humanMessage");
      await world.sql(
        "INSERT INTO jobs.human_messages (organization_id, id, kind, run_id, job_id, workstation_id, text, choices, urgent, channel) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
          ada.organization,
          id,
          row.kind,
          run,
          job,
          WORKSTATION,
          text,
          JSON.stringify(row.choices),
          row.urgent,
          row.channel,
        ],
      );
      return id;
    },
    inbox: async () =>
      (await world.sql<{ body: Record<string, unknown> }>("SELECT body FROM jobs.inbox ORDER BY id")).map(
        ({ body }) => body,
      ),
    restart: async () => {
      await world.channels.stop();
      world.channels = open();
    },
    close: async () => {
      await world.channels.stop();
      await changes.stop();
      await owner.end();
      await gate.close();
    },
  };
  return world;
}

/** The channels of a gate, not started. */
export function channelsOf(
  gate: TestGate,
  options: { trust?: string[] } = {},
  ring: Partial<Pick<ChannelsTools, "ringBriefing" | "ringMessage">> = {},
): Channels {
  const at = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void gate.logged.push({ level, fields, message });
  return openChannels(
    {
      databaseUrl: gate.database.urls.gate,
      origins: { gate: ORIGIN, web: WEB },
      ...(options.trust === undefined ? {} : { trust: options.trust }),
    },
    {
      clock: gate.clock,
      log: { warn: at("warn"), error: at("error") },
      policies: gate.core.policies,
      vault: gate.core.vault,
      organizations: () => gate.core.pins.organizations(),
      ringBriefing: async () => undefined,
      ringMessage: async () => undefined,
      ...ring,
      testDevices: async () => undefined,
      reject: createRejectByWords({ ...gate.core, clock: gate.clock }),
    },
  );
}

async function addChannel(
  gate: TestGate,
  ada: Founder,
  made: { service: ChannelService; url: string; credential: string; more: Partial<ChannelResource> },
): Promise<string> {
  const before = await gate.core.policies.current(ada.organization);
  const { service, url, credential, more } = made;
  const channel: ChannelResource = {
    kind: "channel",
    id: newId("resource"),
    name: service,
    service,
    url,
    workstations: [],
    rehearsal: false,
    ...more,
  };
  const hold = await gate.core.policyChanges.propose(ada.person, ada.organization, {
    resources: [...before.resources, channel],
    secrets:
      credential === "" ? [] : [{ resource: channel.id, slot: "channel.credential", value: credential }],
  });
  await approve(gate, ada, hold.id);
  const { state, words } = await settled(gate, ada, hold.id);
  if (state !== "released") throw new Error(`The policy was not changed: ${words}`);
  return channel.id;
}

/** Waits for `look` to find something. */
export async function soon<Found>(
  what: string,
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
): Promise<Found> {
  return await until(what, 20_000, look);
}
