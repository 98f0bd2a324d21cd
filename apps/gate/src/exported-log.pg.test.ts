/** What `nightgate audit verify` says of an exported log, and of one that somebody has tampered with (invariant 11, attacks L1 to L7). */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { foundOverHttp, openWholeGate, type WholeGate } from "./testing/whole-gate.ts";

let gate: WholeGate;
let organization: string;

beforeAll(async () => {
  gate = await openWholeGate(inject("postgres"));
  await gate.start();
  organization = await foundOverHttp(gate);
});
afterAll(async () => await gate?.close());

describe("an export is verified offline by the nightgate command, with public values alone", () => {
  interface Exported {
    checkpoint: string;
    receipts: { index: number; kind: string; hold: string | null; body: unknown; leafHash: string }[];
  }
  let [log, trust]: [string, string] = ["", ""];
  beforeAll(() => {
    const script = join(import.meta.dirname, "cli/export-log.ts");
    const env = {
      PATH: process.env["PATH"],
      NIGHTGATE_HOME: gate.home,
      DATABASE_URL: gate.database.urls.gate,
    };
    ({ stdout: log, stderr: trust } = spawnSync(process.execPath, [script, organization], {
      env,
      encoding: "utf8",
    }));
  });
  const verify = (
    text: string,
    trusted = trust,
    ...seen: string[]
  ): { status: number | null; said: string } => {
    const file = join(gate.home, "exported.json");
    writeFileSync(file, text);
    writeFileSync(`${file}.trust`, trusted);
    const paths = seen.map((each, at) => {
      writeFileSync(`${file}.${at}`, each);
      return `${file}.${at}`;
    });
    const command = join(import.meta.dirname, "../../../packages/cli/src/main.ts");
    const args = ["audit", "verify", file, ...(paths.length > 0 ? ["--checkpoint", ...paths] : [])];
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
      env: { PATH: process.env["PATH"] },
      encoding: "utf8",
    });
    return { status, said: stdout + stderr };
  };
  const changed = (change: (log: Exported) => void): string => {
    const parsed = JSON.parse(log) as Exported;
    change(parsed);
    return JSON.stringify(parsed);
  };
  const without = <Trust extends object>(change: (trust: Trust) => void): string => {
    const parsed = JSON.parse(trust) as Trust;
    change(parsed);
    return JSON.stringify(parsed);
  };

  test("invariant 11: the log holds, and continues what was seen before", () => {
    const { checkpoint } = JSON.parse(log) as Exported;
    const answer = verify(log, trust, checkpoint);
    expect(answer).toEqual({
      status: 0,
      said: expect.stringMatching(/^All \d+ entries of org_\w+ hold/) as string,
    });
    expect(answer.said).toContain("all 2 checkpoints seen before");
  });

  test.each<[string, (log: Exported) => void, number, RegExp]>([
    [
      "edited",
      ({ receipts }) => void Object.assign(receipts[3]?.body as object, { at: "x" }),
      1,
      /^Entry 3 of/,
    ],
    [
      "relabelled",
      ({ receipts }) => void Object.assign(receipts[2] ?? {}, { kind: "refused" }),
      1,
      /^Entry 2 of/,
    ],
    ["deleted", ({ receipts }) => void receipts.splice(4, 1), 1, /^Entry 4 of/],
    [
      "replaced by its neighbour",
      ({ receipts }) => void receipts.splice(4, 1, ...receipts.slice(5, 6)),
      1,
      /^Entry 4 of/,
    ],
    [
      "moved",
      ({ receipts }) => void receipts.splice(2, 2, ...receipts.slice(2, 4).toReversed()),
      1,
      /^Entry 2 of/,
    ],
    ["the last one", ({ receipts }) => void receipts.pop(), 2, /^Truncated: .*first that is missing/],
    [
      "added",
      ({ receipts }) => void receipts.push(Object.assign({}, receipts[0], { index: receipts.length })),
      1,
      /^Entry \d+ of/,
    ],
  ])("L1: an entry that was %s is named", (_how, change, status, says) => {
    expect(verify(changed(change))).toEqual({ status, said: expect.stringMatching(says) as string });
  });

  test("V12: a log that is shorter than what somebody has seen was rolled back", () => {
    const seen = JSON.stringify({ size: 10_000, root: Buffer.alloc(32, 1).toString("base64") });
    expect(verify(log, trust, seen)).toEqual({
      status: 2,
      said: expect.stringContaining("Rolled back") as string,
    });
  });

  test("L3: a log with another beginning than what somebody has seen was rewritten", () => {
    const seen = JSON.stringify({ size: 3, root: Buffer.alloc(32, 1).toString("base64") });
    expect(verify(log, trust, seen)).toEqual({
      status: 2,
      said: expect.stringContaining("Rewritten") as string,
    });
  });

  test("L4: under another key than the trusted one nothing is believed", () => {
    const other = without<{ key: string; pinned: null }>((each) =>
      Object.assign(each, { key: Buffer.alloc(32, 7).toString("base64url"), pinned: null }),
    );
    expect(verify(log, other)).toEqual({
      status: 2,
      said: expect.stringContaining("not signed by the log's key") as string,
    });
  });

  test("L4: a decision whose content was taken out does not let its release stand; a hold that lost all of it is told of", () => {
    const ofHold = (JSON.parse(log) as Exported).receipts.filter(({ hold }) => hold !== null);
    const hold = ofHold[0]?.hold;
    const without = (kinds: readonly string[]): string =>
      changed(({ receipts }) => {
        for (const receipt of receipts)
          if (receipt.hold === hold && kinds.includes(receipt.kind))
            Object.assign(receipt, { body: null, salt: null });
      });
    expect(verify(without(["hold.decided"]))).toEqual({
      status: 1,
      said: expect.stringContaining("has lost its content, so that this one cannot be checked") as string,
    });
    const all = verify(without(ofHold.map(({ kind }) => kind)));
    expect(all).toEqual({
      status: 0,
      said: expect.stringContaining("what they said cannot be checked: ") as string,
    });
    // A body that is hidden without its salt, or the other way round, is no erasure.
    const half = changed(({ receipts }) => void Object.assign(receipts[1] ?? {}, { salt: null }));
    expect(verify(half).status).toBe(1);
  });

  test("L7: a name that stands twice in one object is refused, however it is spelled", () => {
    const twice = log.replace('{"index":3,', '{"index":9,"\\u0069ndex":3,');
    expect(twice).not.toBe(log);
    expect(verify(twice)).toEqual({ status: 66, said: expect.stringContaining("stands twice") as string });
  });

  test.each(["", "{}", "[1", "null"])("what is no exported log is said to be none: %j", (text) => {
    expect(verify(text).status).toBe(66);
  });
});
