/** Announcements by the hundred thousand, as any role of the database can make them: what the gate does about them stays bounded. */
import type { GateDatabase } from "@nightgate/db/gate";
import type { Change } from "@nightgate/shared/changes";
import { expect, test } from "vitest";
import { followWorkstations } from "./workstations.ts";

const FLOOD = 100_000;

test("A10, invariant 12: a flood of announced workstations makes no more work than the list has entries, and the last of them is looked at", async () => {
  let listener: (change: Change) => void = () => undefined;
  let looked = 0;
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const db: GateDatabase = {
    asNobody: async () => [{ id: "org_a" }] as never,
    asPerson: async () => [] as never,
    asOrganization: async () => {
      looked += 1;
      await gate;
      return [] as never;
    },
    close: async () => undefined,
  };
  const registry = followWorkstations({
    db,
    changes: {
      subscribe: (heard) => {
        listener = heard;
        return () => undefined;
      },
      onConnected: () => () => undefined,
      stop: async () => undefined,
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    onWorkstation: async () => undefined,
    onRemoved: async () => undefined,
  });
  for (let at = 0; at < FLOOD; at += 1)
    listener({
      table: "control.workstations",
      organization: "org_a",
      id: at % 2 === 0 ? "ws_same" : `ws_${at}`,
    });
  open();
  await registry.ready;
  await registry.stop();
  expect(looked).toBeLessThan(1_100);
  const before = looked;
  listener({ table: "control.workstations", organization: "org_a", id: "ws_later" });
  await registry.stop();
  expect(looked).toBe(before + 1);
});
