import type { UnstampedReceipt } from "@nightgate/evidence/receipts";
import { expect, test } from "vitest";
import { createDenials } from "./denials.ts";
import type { Store } from "./store-ports.ts";

const DENIAL = {
  organization: "org_a",
  workstation: "ws_a",
  run: null,
  what: "GET evil.example",
  why: "It is not open.",
};

function world(): {
  denials: ReturnType<typeof createDenials>;
  written: UnstampedReceipt[];
  minute(): Promise<void>;
  away: boolean;
} {
  const written: UnstampedReceipt[] = [];
  let pass = (): void => undefined;
  const clock = {
    now: () => 0,
    wait: async (_ms: number, signal?: AbortSignal) =>
      await new Promise<void>((resolve) => {
        pass = resolve;
        signal?.addEventListener("abort", () => resolve());
      }),
  };
  const store = {
    write: async (_organization: string, work: (unit: unknown) => Promise<unknown>) => {
      if (made.away) throw new Error("away");
      return await work({ receipt: (body: UnstampedReceipt) => void written.push(body) });
    },
  } as unknown as Pick<Store, "write">;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const made = {
    denials: createDenials({ store, clock, log }),
    written,
    away: false,
    minute: async () => {
      pass();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return made;
}

test("a minute of one workstation is one entry, with what was asked for most in front", async () => {
  const { denials, written, minute } = world();
  denials.note({ ...DENIAL, what: "GET once.example" });
  for (let times = 0; times < 1_000; times += 1) denials.note(DENIAL);
  denials.note({ ...DENIAL, workstation: "ws_b" });
  await minute();
  expect(written).toEqual([
    {
      kind: "refused",
      workstation: "ws_a",
      run: null,
      what: "GET evil.example (1000 times), GET once.example",
      why: "It is not open.",
    },
    expect.objectContaining({ workstation: "ws_b", what: "GET evil.example" }),
  ]);
  await denials.stop();
  expect(written).toHaveLength(2);
});

test("a flood of different names makes no larger entry, and hides nothing in what it is called", async () => {
  const { denials, written, minute } = world();
  for (let at = 0; at < 5_000; at += 1)
    denials.note({ ...DENIAL, what: `GET ${at}.example\u202e${"x".repeat(500)}` });
  await minute();
  const [entry] = written;
  if (entry?.kind !== "refused") throw new Error("nothing was written");
  expect(entry.what.length).toBeLessThan(2_000);
  expect(entry.what).toMatch(/4980 others$/);
  expect(entry.what).not.toContain("\u202e");
  await denials.stop();
});

test("what a store that is away did not take is written later, with what came meanwhile", async () => {
  const made = world();
  made.away = true;
  made.denials.note(DENIAL);
  await made.minute();
  made.denials.note(DENIAL);
  made.away = false;
  await made.minute();
  expect(made.written).toMatchObject([{ what: "GET evil.example (2 times)" }]);
  await made.denials.stop();
});
