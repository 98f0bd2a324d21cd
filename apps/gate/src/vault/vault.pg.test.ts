import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { LIMITS } from "../core/limits.ts";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, enrol, reject, settled } from "../testing/test-core.ts";

let t: PushGate;
beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
});
afterAll(async () => await t.gate.close());

const slot = "git.credential" as const;
const propose = async (value: string, resource = t.place.resource): Promise<{ id: string }> =>
  await t.gate.core.policyChanges.proposeSecret(t.ada.person, t.ada.organization, { resource, slot, value });
const opened = async (): Promise<string | null> =>
  await t.gate.core.vault.open(t.ada.organization, t.place.resource, slot);
const rows = async (): Promise<{ state: string; sealed: string; commitment: string }[]> =>
  (
    await t.gate.forge(
      t.ada.organization,
      "SELECT state, sealed, commitment FROM gate.secrets ORDER BY created_at",
    )
  ).rows as { state: string; sealed: string; commitment: string }[];

test("a new secret counts when it was signed for; the one before loses its ciphertext", async () => {
  expect(await opened()).toBe("push-secret");
  const hold = await propose("second-secret");
  expect(await opened()).toBe("push-secret");
  await approve(t.gate, t.ada, hold.id);
  expect(await settled(t.gate, t.ada, hold.id)).toMatchObject({ state: "released" });
  expect(await opened()).toBe("second-secret");
  expect((await rows()).filter((row) => row.state === "replaced").map((row) => row.sealed)).toEqual([""]);
});

test("a rejected secret is forgotten", async () => {
  const hold = await propose("rejected-secret");
  await reject(t.gate, t.ada, hold.id, "No.");
  expect((await rows()).some((row) => row.state === "pending")).toBe(false);
  expect(await opened()).toBe("second-secret");
});

test("invariant 2: the clear text is in no row and in no log line", async () => {
  const dump = JSON.stringify([
    (await t.gate.forge(t.ada.organization, "SELECT * FROM gate.secrets")).rows,
    (await t.gate.forge(t.ada.organization, "SELECT * FROM gate.holds")).rows,
    (await t.gate.forge(t.ada.organization, "SELECT * FROM gate.receipts")).rows,
    t.gate.logged,
  ]);
  expect(dump).not.toMatch(/push-secret|second-secret|rejected-secret/);
  expect(dump).not.toContain(Buffer.from("second-secret").toString("base64"));
});

describe("invariant 4: a sealed secret cannot be moved, swapped or made", () => {
  test("V4: to another resource", async () => {
    const other = "res_bbbbbbbbbbbb";
    await t.forge("UPDATE gate.secrets SET resource_id = $1 WHERE state = 'active'", other);
    await expect(t.gate.core.vault.open(t.ada.organization, other, slot)).rejects.toMatchObject({
      code: "secret.unreadable",
    });
    await t.forge("UPDATE gate.secrets SET resource_id = $1 WHERE state = 'active'", t.place.resource);
  });

  test("to another organization", async () => {
    const eve = await enrol(t.gate, "Eve");
    await t.asSuperuser(
      "UPDATE gate.secrets SET organization_id = $1 WHERE state = 'active'",
      eve.organization,
    );
    await expect(t.gate.core.vault.open(eve.organization, t.place.resource, slot)).rejects.toMatchObject({
      code: "secret.unreadable",
    });
    await t.asSuperuser(
      "UPDATE gate.secrets SET organization_id = $1 WHERE state = 'active'",
      t.ada.organization,
    );
  });

  test("a pending secret that was swapped after it was signed for is not activated", async () => {
    const hold = await propose("third-secret");
    await t.forge(
      "UPDATE gate.secrets SET sealed = (SELECT sealed FROM gate.secrets WHERE state = 'active') WHERE state = 'pending'",
    );
    await approve(t.gate, t.ada, hold.id);
    expect(await settled(t.gate, t.ada, hold.id)).toMatchObject({
      state: "failed",
      words: expect.stringContaining("not the one that was signed for") as string,
    });
    expect(await opened()).toBe("second-secret");
  });

  test("with another commitment", async () => {
    const [active] = (await rows()).filter((row) => row.state === "active");
    await t.forge("UPDATE gate.secrets SET commitment = $1 WHERE state = 'active'", "0".repeat(64));
    await expect(opened()).rejects.toMatchObject({ code: "secret.unreadable" });
    await t.forge("UPDATE gate.secrets SET commitment = $1 WHERE state = 'active'", active?.commitment);
    expect(await opened()).toBe("second-secret");
  });
});

test("a secret for a resource that has no such slot, an empty one, and one above the limit are refused", async () => {
  await expect(propose("x", "res_bbbbbbbbbbbb")).rejects.toMatchObject({ code: "input.invalid" });
  await expect(propose("")).rejects.toMatchObject({ code: "input.invalid" });
  await expect(propose("x".repeat(LIMITS.secretBytesMax + 1))).rejects.toMatchObject({ code: "too-large" });
});

test("only an owner or admin proposes, and a stranger learns nothing", async () => {
  const eve = await enrol(t.gate, "Trudy");
  const secret = { resource: t.place.resource, slot, value: "x" };
  await expect(
    t.gate.core.policyChanges.proposeSecret(eve.person, t.ada.organization, secret),
  ).rejects.toMatchObject({ code: "not-found" });
  await t.forge(
    "INSERT INTO gate.memberships (organization_id, person_id, role) VALUES ($1, $2, 'viewer')",
    t.ada.organization,
    eve.person,
  );
  await expect(
    t.gate.core.policyChanges.proposeSecret(eve.person, t.ada.organization, secret),
  ).rejects.toMatchObject({ code: "role.refused" });
});

test("V12: with another master key nothing opens, and nothing is said of the secret", async () => {
  const path = join(t.gate.folder, "master.key");
  const before = readFileSync(path, "utf8");
  writeFileSync(path, randomBytes(32).toString("base64"));
  await t.gate.restart();
  await expect(opened()).rejects.toMatchObject({
    code: "secret.unreadable",
    message: expect.not.stringContaining("second-secret") as string,
  });
  writeFileSync(path, before);
  await t.gate.restart();
  expect(await opened()).toBe("second-secret");
});
