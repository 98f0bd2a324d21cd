import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type CrashInstructions, filePushes } from "../testing/crash-child.ts";
import { addRepository, fakePushes, type PushPlace } from "../testing/fake-push.ts";
import { type Founder, found, openTestGate, type TestGate } from "../testing/test-core.ts";
import type { Hold } from "./ports.ts";

let gate: TestGate;
let ada: Founder;
let place: PushPlace;
let folder: string;
let commit = 16;

beforeAll(async () => {
  gate = await openTestGate(inject("postgres"), { handlers: [fakePushes().handler] });
  ada = await found(gate);
  place = await addRepository(gate, ada);
  folder = join(gate.folder, "..");
});
afterAll(async () => await gate.close());

const CHILD = fileURLToPath(new URL("../testing/crash-child.ts", import.meta.url));

/** Runs a gate of its own over the same disk and rows, and says how it ended. */
async function runGate(told: Partial<CrashInstructions>): Promise<NodeJS.Signals | number | null> {
  const { person, organization, authenticator } = ada;
  const all: CrashInstructions = {
    folder,
    databaseUrl: gate.database.urls.gate,
    fault: null,
    person,
    organization,
    resource: place.resource,
    passkeys: [...authenticator.passkeys],
    commit: "00",
    push: false,
    ...told,
  };
  const { signal, status, stderr } = await gate.whileStopped(() =>
    spawnSync(process.execPath, [CHILD, JSON.stringify(all)], { encoding: "utf8" }),
  );
  if (status !== null && status !== 0) throw new Error(stderr);
  return signal ?? status;
}

/** Kills a gate at `fault` in the midst of a push that is approved, then starts another one. */
async function crashAndRecover(
  fault: NonNullable<CrashInstructions["fault"]>,
): Promise<{ arrivedBefore: number; arrived: number; hold: Hold | undefined; kept: number }> {
  const mine = (commit++).toString(16);
  const upstream = filePushes(folder);
  const [before, keptBefore] = [upstream.arrived().length, kept()];
  const open = await gate.core.holds.list(ada.organization, { kind: "git.push" });
  expect(await runGate({ push: true, fault, commit: mine })).toBe("SIGKILL");
  const arrivedBefore = upstream.arrived().length - before;
  expect(await runGate({})).toBe(0);
  expect(await runGate({})).toBe(0);
  const known = new Set(open.map((entry) => entry.id));
  const hold = (await gate.core.holds.list(ada.organization, { kind: "git.push" })).find(
    (entry) => !known.has(entry.id),
  );
  return { arrivedBefore, arrived: upstream.arrived().length - before, hold, kept: kept() - keptBefore };
}

function kept(): number {
  return readdirSync(folder).filter((name) => name.startsWith("kept-")).length;
}

test("without a fault the push arrives", async () => {
  expect(await runGate({ push: true, commit: "01" })).toBe(0);
  expect(filePushes(folder).arrived()).toHaveLength(1);
});

test("invariant 7: killed after the payload was kept, nobody was told of a hold, and nothing is sent", async () => {
  expect(await crashAndRecover("after-keep")).toMatchObject({ hold: undefined, kept: 1, arrived: 0 });
});

test("invariant 7: killed after the row, the hold is there with its payload and waits", async () => {
  const { hold, ...rest } = await crashAndRecover("after-hold-row");
  expect(hold?.state).toBe("pending");
  expect(rest).toMatchObject({ kept: 1, arrived: 0 });
});

test.each([
  ["after-decision", 0],
  ["before-dispatch", 0],
] as const)(
  "invariant 6: killed %s, nothing had left; it is sent once after the start",
  async (fault, arrivedBefore) => {
    const outcome = await crashAndRecover(fault);
    expect(outcome).toMatchObject({
      arrivedBefore,
      arrived: 1,
      hold: { state: "released", words: "It arrived." },
    });
  },
);

test("invariant 6: killed after the journal and before the first byte, it is found out that nothing arrived; it is not sent", async () => {
  expect(await crashAndRecover("after-dispatch-journal")).toMatchObject({
    arrivedBefore: 0,
    arrived: 0,
    hold: { state: "failed", words: "It had not arrived." },
  });
});

test("invariant 6: killed after it arrived and before the row says so, it is found out and not sent again", async () => {
  expect(await crashAndRecover("after-release-before-row")).toMatchObject({
    arrivedBefore: 1,
    arrived: 1,
    hold: { state: "released", words: "It had arrived." },
  });
});

test("invariant 11: after all these deaths the log verifies", async () => {
  expect(await gate.core.receipts.verify(ada.organization)).toMatchObject({ firstBad: null });
});
