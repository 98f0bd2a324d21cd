/** Announcements under attack: every role of the database can NOTIFY what it likes, on the channel that all processes follow. */
import { CHANGES_CHANNEL, type Change } from "@nightgate/shared/changes";
import pg from "pg";
import { expect, inject, test } from "vitest";
import { listenChanges } from "./listen-changes.ts";
import { cloneDatabase } from "./testing.ts";

const GARBAGE = [
  "",
  "x",
  "{",
  "null",
  "[]",
  "1e999",
  '"text"',
  '{"table":1,"organization":null,"id":"x"}',
  '{"__proto__":{"table":"gate.holds"},"organization":null,"id":"x"}',
  "[".repeat(7000),
];

test.each(["web", "runner", "provisioner"] as const)(
  "A10, invariant 4: nothing that %s announces ends a process that listens, or is taken for an announcement",
  async (role) => {
    const database = await cloneDatabase(inject("postgres"));
    const heard: Change[] = [];
    let connected = 0;
    const listening = listenChanges(database.urls.gate, {
      onChange: (change) => heard.push(change),
      onConnected: () => (connected += 1),
    });
    const thief = new pg.Client({ connectionString: database.urls[role] });
    await thief.connect();
    try {
      await expect.poll(() => connected).toBe(1);
      for (const payload of GARBAGE)
        await thief.query("SELECT pg_notify($1, $2)", [CHANGES_CHANNEL, payload]);
      const good: Change = { table: "gate.holds", organization: "org_x", id: "H-1" };
      await thief.query("SELECT pg_notify($1, $2)", [CHANGES_CHANNEL, JSON.stringify(good)]);
      await expect.poll(() => heard).toEqual([good]);
      expect(connected).toBe(1);
    } finally {
      await thief.end();
      await listening.stop();
      await database.drop();
    }
  },
);
