import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDispatchJournal } from "./dispatch-journal.ts";
import { openKeys } from "./keys.ts";
import { beOnlyGate } from "./only-gate.ts";
import { rememberOrigin } from "./origins.ts";
import { openPins } from "./pins.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ORGANIZATION = "org_aaaaaaaaaaaa";
const entry = {
  at: "2026-01-01T00:00:00.000Z",
  organization: ORGANIZATION,
  hold: "H-00000001",
  actionDigest: "a".repeat(64),
  marker: { group: 7 },
};
const outcome = { state: "released" as const, words: "It arrived.", evidence: { refs: {} } };
const file = (): string => join(folder, "dispatched.jsonl");

describe("the dispatch journal (invariant 6)", () => {
  test("a hold is dispatched once, also after a restart", () => {
    const journal = openDispatchJournal(folder);
    journal.dispatched(entry);
    expect(() => journal.dispatched(entry)).toThrow(/never sent again/);
    journal.close();
    const again = openDispatchJournal(folder);
    expect(again.find(ORGANIZATION, entry.hold)).toEqual({
      actionDigest: entry.actionDigest,
      marker: { group: 7 },
      outcome: null,
    });
    expect(() => again.dispatched(entry)).toThrow(/never sent again/);
    again.ended({ at: entry.at, organization: ORGANIZATION, hold: entry.hold, outcome });
    again.close();
    const third = openDispatchJournal(folder);
    expect(third.find(ORGANIZATION, entry.hold)?.outcome).toEqual(outcome);
    expect(third.find("org_bbbbbbbbbbbb", entry.hold)).toBeNull();
    third.close();
  });

  test("a torn last line is cut off, and what follows is whole", () => {
    const journal = openDispatchJournal(folder);
    journal.dispatched(entry);
    journal.close();
    appendFileSync(file(), '{"event":"dispatched","hold":"H-0000');
    const again = openDispatchJournal(folder);
    again.dispatched({ ...entry, hold: "H-00000002" });
    again.close();
    expect(readFileSync(file(), "utf8").trim().split("\n")).toHaveLength(2);
    openDispatchJournal(folder).close();
  });

  test("any other damage stops the gate: it would not know what it has sent", () => {
    writeFileSync(file(), 'nonsense\n{"event":"dispatched"}\n');
    expect(() => openDispatchJournal(folder)).toThrow(/damaged/);
  });

  test("only the gate can read it", () => {
    openDispatchJournal(folder).close();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });
});

describe("pins (invariants 4 and 8)", () => {
  const pin = { version: 3, document: "b".repeat(64), hold: "H-00000001" };

  test("a pin is read back by the next process", () => {
    openPins(folder).setPolicy(ORGANIZATION, pin);
    openPins(folder).setCheckpoint(ORGANIZATION, "note");
    const pins = openPins(folder);
    expect([pins.policy(ORGANIZATION), pins.checkpoint(ORGANIZATION), pins.organizations()]).toEqual([
      pin,
      "note",
      [ORGANIZATION],
    ]);
    expect([pins.policy("org_bbbbbbbbbbbb"), pins.checkpoint("org_bbbbbbbbbbbb")]).toEqual([null, null]);
  });

  test("a damaged pin is not an absent one", () => {
    openPins(folder).setPolicy(ORGANIZATION, pin);
    writeFileSync(join(folder, "policy", `${ORGANIZATION}.json`), '{"version": 0}');
    expect(() => openPins(folder).policy(ORGANIZATION)).toThrow(/cannot be read/);
  });

  test("a name that is no organization's leads to no file", () => {
    expect(openPins(folder).policy("../../secret")).toBeNull();
    expect(() => openPins(folder).setPolicy("../../secret", pin)).toThrow(/pattern/);
  });
});

describe("keys", () => {
  test("are made once and kept", () => {
    const [first, second] = [openKeys(folder), openKeys(folder)];
    expect(second.installation).toBe(first.installation);
    expect(second.master.equals(first.master)).toBe(true);
    expect(second.log.equals(first.log)).toBe(true);
    for (const name of ["installation", "master.key", "log-key.pem", "sign-in-key.pem"])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test.each(["master.key", "log-key.pem", "sign-in-key.pem"])(
    "a damaged %s stops the gate and is not made anew over it",
    (name) => {
      openKeys(folder);
      writeFileSync(join(folder, name), "damaged");
      expect(() => openKeys(folder)).toThrow(/does not start/);
      expect(readFileSync(join(folder, name), "utf8")).toBe("damaged");
    },
  );
});

describe("one gate per folder (invariant 6)", () => {
  test("a second one is refused while the first lives, and comes in when it has gone", async () => {
    const leave = await beOnlyGate(folder);
    await expect(beOnlyGate(folder)).rejects.toThrow(/another gate is running/);
    await leave();
    await (
      await beOnlyGate(folder)
    )();
  });

  test("of many that try at the same time one comes in, and a killed one gives its place back", async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, async () => await beOnlyGate(folder)),
    );
    const won = attempts.filter((attempt) => attempt.status === "fulfilled");
    expect(won).toHaveLength(1);
    await won[0]?.value();
    const script = `import { beOnlyGate } from ${JSON.stringify(new URL("only-gate.ts", import.meta.url).href)};
      await beOnlyGate(${JSON.stringify(folder)}); process.kill(process.pid, "SIGKILL");`;
    expect(spawnSync(process.execPath, ["--input-type=module", "-e", script]).signal).toBe("SIGKILL");
    await (
      await beOnlyGate(folder)
    )();
  });
});

describe("origins", () => {
  test("an earlier port is remembered; another host name is refused once passkeys exist", () => {
    expect(rememberOrigin(folder, "http://gate.localhost:1", false)).toEqual(["http://gate.localhost:1"]);
    expect(rememberOrigin(folder, "http://gate.localhost:2", true)).toEqual([
      "http://gate.localhost:2",
      "http://gate.localhost:1",
    ]);
    expect(rememberOrigin(folder, "http://gate.localhost:1", true)).toEqual([
      "http://gate.localhost:1",
      "http://gate.localhost:2",
    ]);
    expect(() => rememberOrigin(folder, "https://gate.example", true)).toThrow(/enrolled for gate.localhost/);
    expect(rememberOrigin(folder, "https://gate.example", false)).toEqual(["https://gate.example"]);
  });
});
