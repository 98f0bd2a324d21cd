/** A gate with a founder and one repository, and the acts that tests of releases repeat: push, stop, start again, forge. */
import type { cloneDatabase } from "@nightgate/db/testing";
import pg from "pg";
import type { Hold } from "../core/ports.ts";
import {
  addRepository,
  type FakePushes,
  fakePushes,
  push,
  type PushOptions,
  type PushPlace,
} from "./fake-push.ts";
import { approve, type Founder, found, openTestGate, type TestGate } from "./test-core.ts";

export interface PushGate {
  gate: TestGate;
  ada: Founder;
  place: PushPlace;
  fake: FakePushes;
  /** A hold over a push of a commit that was not pushed before. */
  fresh(options?: PushOptions): Promise<Hold>;
  now(hold: Hold): Promise<Hold>;
  /** SQL as the role `gate`: what a thief of the database's password can do. */
  forge(sql: string, ...values: unknown[]): Promise<unknown>;
  /** SQL as the superuser, whom no trigger stops. */
  asSuperuser(sql: string, ...values: unknown[]): Promise<void>;
  /** Approves, but the process ends before the release begins. */
  approveAndStop(hold: Hold): Promise<void>;
  /** A new process on the same disk and rows, as after a crash. */
  startAgain(): Promise<void>;
  /** The hold when the releases that were begun have ended. */
  stopped(hold: Hold): Promise<Hold>;
  /** A fresh process with nothing sent: for beforeEach. */
  reset(): Promise<void>;
}

const FIRST_COMMIT = 16;

export async function openPushGate(server: Parameters<typeof cloneDatabase>[0]): Promise<PushGate> {
  const fake = fakePushes();
  const gate = await openTestGate(server, { handlers: [fake.handler] });
  const ada = await found(gate);
  const place = await addRepository(gate, ada);
  let commit = FIRST_COMMIT;
  const now = async (hold: Hold): Promise<Hold> => await gate.core.holds.get(ada.organization, hold.id);
  return {
    gate,
    ada,
    place,
    fake,
    now,
    fresh: async (options = {}) =>
      await push(gate, ada, place, { commit: (commit++).toString(16), ...options }),
    forge: async (sql, ...values) => await gate.forge(ada.organization, sql, values),
    asSuperuser: async (sql, ...values) => await asSuperuser(gate.database.urls.superuser, sql, values),
    approveAndStop: async (hold) => {
      await gate.core.releases.stop();
      await approve(gate, ada, hold.id);
      if ((await now(hold)).state !== "approved") throw new Error("The hold is not waiting for its release");
    },
    startAgain: async () => {
      await gate.restart();
      await gate.core.releases.recover();
    },
    stopped: async (hold) => {
      await gate.core.releases.stop();
      return await now(hold);
    },
    reset: async () => {
      await gate.restart();
      fake.sent.length = 0;
      fake.settledWith.length = 0;
      fake.next = "arrives";
    },
  };
}

async function asSuperuser(url: string, sql: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}
