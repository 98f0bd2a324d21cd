/** A gate's core over a database of its own, with a founder who signs in software: the set-up of this workspace's Postgres tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloneDatabase, type TestDatabase } from "@nightgate/db/testing";
import type { Clock } from "@nightgate/shared/clock";
import {
  createSoftwareAuthenticator,
  type Lies,
  type SoftwareAuthenticator,
} from "@nightgate/testkit/software-authenticator";
import pg from "pg";
import { type GateCore, openBase, openCore } from "../compose-core.ts";
import type { ActionHandler, Hold } from "../core/ports.ts";
import type { FaultPoint } from "../core/store-ports.ts";

export const ORIGIN = "http://gate.localhost:4601";
export const RP_ID = "gate.localhost";

export interface MovingClock extends Clock {
  advance(ms: number): void;
}

/** Real time plus what the test adds. */
export function movingClock(): MovingClock {
  let added = 0;
  return {
    now: () => Date.now() + added,
    wait: async (ms, signal) => {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(signal.reason as Error);
        });
      });
    },
    advance: (ms) => {
      added += ms;
    },
  };
}

export interface TestGate {
  core: GateCore;
  clock: MovingClock;
  database: TestDatabase;
  folder: string;
  logged: { level: string; fields: Record<string, unknown>; message: string }[];
  /** Notifications that went out, as "opened H-1" and "rejected H-1". */
  notified: string[];
  /** Runs SQL as the role `gate`, within the organization: what a thief of the database password can do. */
  forge(organization: string, sql: string, values?: unknown[]): Promise<pg.QueryResult>;
  /** Ends this process's view and opens the gate anew on the same disk and database. */
  restart(): Promise<void>;
  /** As `restart`, with `work` done while no gate runs here. */
  whileStopped<Result>(work: () => Result): Promise<Result>;
  close(): Promise<void>;
}

export interface TestGateOptions {
  handlers?: ActionHandler[];
  fault?: (point: FaultPoint) => void;
  recoveryDelayMs?: number;
}

/** Opens a gate. `server` is `inject("postgres")`. */
export async function openTestGate(
  server: Parameters<typeof cloneDatabase>[0],
  options: TestGateOptions = {},
): Promise<TestGate> {
  const database = await cloneDatabase(server);
  const folder = mkdtempSync(join(tmpdir(), "nightgate-core-"));
  const clock = movingClock();
  const [logged, notified]: [TestGate["logged"], string[]] = [[], []];
  const at = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void logged.push({ level, fields, message });
  const open = async (): Promise<GateCore> => {
    const notifier = {
      holdOpened: async (hold: Hold): Promise<void> => void notified.push(`opened ${hold.id}`),
      holdMoved: async (hold: Hold): Promise<void> => void notified.push(`${hold.state} ${hold.id}`),
    };
    const base = await openBase(
      {
        folder: join(folder, "gate"),
        databaseUrl: database.urls.gate,
        origin: ORIGIN,
        clientWaitMs: null,
        recoveryDelayMs: options.recoveryDelayMs ?? null,
      },
      {
        clock,
        faults: options.fault ?? (() => undefined),
        notifier: () => notifier,
        log: { info: at("info"), warn: at("warn"), error: at("error") },
      },
    );
    return await openCore(base, options.handlers ?? []);
  };
  const gate: TestGate = {
    core: await open(),
    clock,
    database,
    folder: join(folder, "gate"),
    logged,
    notified,
    forge: async (organization, sql, values = []) =>
      await forge(database.urls.gate, organization, sql, values),
    restart: async () => await gate.whileStopped(() => undefined),
    whileStopped: async (work) => {
      await gate.core.close();
      const result = work();
      gate.core = await open();
      return result;
    },
    close: async () => {
      await gate.core.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return gate;
}

async function forge(
  url: string,
  organization: string,
  sql: string,
  values: unknown[],
): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
    return await client.query(sql, values);
  } finally {
    await client.end();
  }
}

export interface Founder {
  person: string;
  organization: string;
  foundingHold: string;
  authenticator: SoftwareAuthenticator;
}

/** Enrols a person with a fresh code; the founding hold still waits. */
export async function enrol({ core }: TestGate, name = "Ada"): Promise<Founder> {
  const authenticator = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID });
  const options = await core.passkeys.beginEnrolment({
    code: core.enrolmentCode.renew(),
    personName: name,
    organizationName: `${name}'s`,
  });
  const { token, organization, hold } = await core.passkeys.finishEnrolment(
    authenticator.create(options),
    "test",
  );
  const signedIn = await core.passkeys.session(token);
  if (!signedIn) throw new Error("The founder is not signed in");
  return { person: signedIn.person, organization, foundingHold: hold, authenticator };
}

/** Enrols and approves the founding: the organization has version 1 of its policy. */
export async function found(gate: TestGate, name = "Ada"): Promise<Founder> {
  const founder = await enrol(gate, name);
  await approve(gate, founder, founder.foundingHold);
  await settled(gate, founder, founder.foundingHold);
  return founder;
}

export async function approve(gate: TestGate, who: Founder, hold: string, lies: Lies = {}): Promise<Hold> {
  return await decide(gate, who, hold, "approve", "", lies);
}

export async function reject(gate: TestGate, who: Founder, hold: string, words = "No."): Promise<Hold> {
  return await decide(gate, who, hold, "reject", words, {});
}

async function decide(
  { core }: TestGate,
  who: Founder,
  hold: string,
  verdict: "approve" | "reject",
  words: string,
  lies: Lies,
): Promise<Hold> {
  const { card } = await core.holds.get(who.organization, hold);
  const ticked = verdict === "approve" ? card.undrawn.map((entry) => entry.digest) : [];
  const options = await core.decisions.begin(who.person, who.organization, hold, { verdict, words, ticked });
  return await core.decisions.finish(
    who.person,
    who.organization,
    hold,
    who.authenticator.get(options, lies),
  );
}

/** Waits until nothing moves by itself any more. */
export async function settled(
  { core }: TestGate,
  who: Pick<Founder, "organization">,
  hold: string,
): Promise<Hold> {
  return await core.holds.waitUntilSettled(who.organization, hold, 30_000, new AbortController().signal);
}
