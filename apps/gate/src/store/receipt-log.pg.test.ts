import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { logOrigin, openCheckpoint, publicKeyText, signCheckpoint } from "@nightgate/evidence/checkpoint";
import { saltedLeaf } from "@nightgate/evidence/leaf";
import { rootOf } from "@nightgate/evidence/merkle";
import { type LogExport, verifyLog } from "@nightgate/evidence/verify-log";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createApprovals } from "../core/approval.ts";
import { openPushGate, type PushGate } from "../testing/push-gate.ts";
import { approve, ORIGIN, reject, RP_ID, settled } from "../testing/test-core.ts";

let t: PushGate;
let log: LogExport;
let publicKey: string;
const trusted = (): { publicKey: string; origins: string[]; rpId: string } => ({
  publicKey,
  origins: [ORIGIN],
  rpId: RP_ID,
});

beforeAll(async () => {
  t = await openPushGate(inject("postgres"));
  const [released, rejected] = [await t.fresh(), await t.fresh()];
  await approve(t.gate, t.ada, released.id);
  await settled(t.gate, t.ada, released.id);
  await reject(t.gate, t.ada, rejected.id, "No.");
  log = await t.gate.core.receipts.exportLog(t.ada.organization);
  publicKey = publicKeyText(createPrivateKey(readFileSync(join(t.gate.folder, "log-key.pem"))));
});
afterAll(async () => await t.gate.close());

/** The export after JSON, as an auditor has it. */
const copy = (): LogExport => JSON.parse(JSON.stringify(log)) as LogExport;
const indexOf = (kind: string): number => log.receipts.findIndex((receipt) => receipt.kind === kind);
type Body = Record<string, unknown>;

/** What somebody with the log's key can do: any bodies, with leaves, root and signature that fit. */
function rewritten(change: (bodies: Body[]) => Body[]): LogExport {
  const bodies = change(copy().receipts.map((receipt) => receipt.body as Body));
  const receipts = bodies.map((body, index) => {
    const salt = "A".repeat(43);
    return {
      index,
      kind: String(body["kind"]),
      hold: (body["hold"] as string | undefined) ?? null,
      body,
      salt,
      leafHash: saltedLeaf(salt, body),
    };
  });
  const key = createPrivateKey(readFileSync(join(t.gate.folder, "log-key.pem")));
  const head = { size: receipts.length, root: rootOf(receipts.map((receipt) => receipt.leafHash)) };
  return {
    ...copy(),
    receipts,
    checkpoint: signCheckpoint(logOrigin(log.installation, log.organization), head, key),
  };
}

describe("invariant 11: evidence verifies offline", () => {
  test("the whole log verifies with public values alone", () => {
    expect(verifyLog(copy(), trusted())).toEqual({ size: log.receipts.length, firstBad: null });
    expect(log.receipts[0]?.kind).toBe("organization.founded");
  });

  test.each(["hold.opened", "hold.decided", "policy.applied", "release.ended"])(
    "L1: an edited %s is named",
    (kind) => {
      const edited = copy();
      const index = indexOf(kind);
      const receipt = edited.receipts[index];
      Object.assign(receipt?.body as Body, { at: "2020-01-01T00:00:00.000Z" });
      expect(verifyLog(edited, trusted()).firstBad).toMatchObject({ index });
    },
  );

  test("L1: a deleted, a swapped, an added and a cut-off entry are named", () => {
    const deleted = copy();
    deleted.receipts.splice(3, 1);
    expect(verifyLog(deleted, trusted()).firstBad).toMatchObject({ index: 3 });
    const swapped = copy();
    const [a, b] = [swapped.receipts[2], swapped.receipts[3]];
    if (a && b) swapped.receipts.splice(2, 2, { ...b, index: 2 }, { ...a, index: 3 });
    expect(verifyLog(swapped, trusted()).firstBad?.index).toBeLessThanOrEqual(log.receipts.length);
    const cut = copy();
    cut.receipts.pop();
    expect(verifyLog(cut, trusted()).firstBad).toMatchObject({ index: cut.receipts.length });
  });

  test("L1: a leaf hash that was fitted to an edited body is found by the checkpoint", () => {
    const edited = copy();
    const receipt = edited.receipts[indexOf("release.ended")];
    if (receipt) {
      Object.assign(receipt.body as Body, { at: "2020-01-01T00:00:00.000Z" });
      receipt.leafHash = saltedLeaf(receipt.salt ?? "", receipt.body);
    }
    expect(verifyLog(edited, trusted()).firstBad?.why).toMatch(/checkpoint|cosigns/);
  });

  test("L4: whoever has the log's key cannot invent a decision, nor drop one that later decisions cosigned", () => {
    expect(
      verifyLog(
        rewritten((bodies) => bodies),
        trusted(),
      ).firstBad?.why,
    ).toMatch(/cosigns another log/);
    const words = rewritten((bodies) =>
      bodies.map((body) =>
        body["kind"] === "hold.decided"
          ? { ...body, verdict: { ...(body["verdict"] as Body), words: "Go ahead." } }
          : body,
      ),
    );
    expect(verifyLog(words, trusted()).firstBad).not.toBeNull();
  });

  test("another gate's key, origin or relying party does not verify", () => {
    const { publicKey: other } = { publicKey: publicKeyText(generateKeyPairSync("ed25519").publicKey) };
    expect(verifyLog(copy(), { ...trusted(), publicKey: other }).firstBad?.why).toMatch(/not signed/);
    expect(verifyLog(copy(), { ...trusted(), origins: ["https://other.example"] }).firstBad).toMatchObject({
      index: indexOf("hold.decided"),
    });
    expect(verifyLog(copy(), { ...trusted(), rpId: "other.example" }).firstBad).toMatchObject({
      index: indexOf("hold.decided"),
    });
    expect(verifyLog({ ...copy(), installation: "other" }, trusted()).firstBad).not.toBeNull();
  });

  test("L3: a head that was seen before must be a prefix", () => {
    const seen = [{ size: 2, root: rootOf(log.receipts.slice(0, 2).map((receipt) => receipt.leafHash)) }];
    expect(verifyLog(copy(), { ...trusted(), seen }).firstBad).toBeNull();
    expect(
      verifyLog(copy(), { ...trusted(), seen: [{ size: 2, root: "0".repeat(64) }] }).firstBad?.why,
    ).toMatch(/was different/);
  });

  test("content can be erased: the leaf stays, and the rest verifies", () => {
    const erased = copy();
    for (const receipt of erased.receipts.filter((entry) => entry.hold === log.receipts.at(-1)?.hold))
      Object.assign(receipt, { body: null, salt: null });
    expect(verifyLog(erased, trusted()).firstBad).toBeNull();
  });

  test("L9: no secret is in the log", () => {
    expect(JSON.stringify(log)).not.toContain("push-secret");
  });
});

describe("invariant 8: a log that is not the one that this gate signed holds and decides nothing", () => {
  test("an edited receipt in the database is named, and its hold is not released", async () => {
    const hold = await t.fresh();
    await t.approveAndStop(hold);
    await t.forge(
      `UPDATE gate.receipts SET body = jsonb_set(body, '{verdict,words}', '"yes"') WHERE hold_id = $1 AND kind = 'hold.decided'`,
      hold.id,
    );
    const verdict = await t.gate.core.receipts.verify(t.ada.organization);
    expect(verdict.firstBad?.why).toMatch(/changed/);
    await t.gate.restart();
    await t.gate.core.releases.recover();
    await t.gate.core.releases.stop();
    expect(t.fake.sent).not.toContain(hold.actionDigest);
    await t.forge(
      `UPDATE gate.receipts SET body = jsonb_set(body, '{verdict,words}', '""') WHERE hold_id = $1 AND kind = 'hold.decided'`,
      hold.id,
    );
    await t.gate.restart();
    expect((await t.gate.core.receipts.verify(t.ada.organization)).firstBad).toBeNull();
  });

  test("L4: entries that fit each other, without the gate's signature", async () => {
    const body = {
      kind: "refused",
      at: new Date().toISOString(),
      workstation: null,
      run: null,
      what: "x",
      why: "y",
    };
    const before = (await t.gate.core.receipts.exportLog(t.ada.organization)).receipts;
    const leaf = saltedLeaf("A".repeat(43), body);
    const root = rootOf([...before.map((receipt) => receipt.leafHash), leaf]);
    await t.forge(
      "INSERT INTO gate.receipts (organization_id, index, kind, body, salt, leaf_hash) VALUES ($1, $2, 'refused', $3, $4, $5)",
      t.ada.organization,
      before.length,
      JSON.stringify(body),
      "A".repeat(43),
      leaf,
    );
    await t.forge("UPDATE gate.organizations SET log_size = $1, log_root = $2", before.length + 1, root);
    await t.gate.restart();
    await expect(t.fresh()).rejects.toMatchObject({
      code: "log.unusable",
      message: expect.stringContaining("signed") as string,
    });
    await t.asSuperuser(
      "DELETE FROM gate.receipts WHERE organization_id = $1 AND index = $2",
      t.ada.organization,
      before.length,
    );
    await t.forge(
      "UPDATE gate.organizations SET log_size = $1, log_root = $2",
      before.length,
      rootOf(before.map((receipt) => receipt.leafHash)),
    );
    await t.gate.restart();
    await t.fresh();
  });

  test("V12: rows that were rolled back behind the pinned checkpoint", async () => {
    const { rows } = await t.gate.forge(
      t.ada.organization,
      "SELECT log_size, log_root, checkpoint FROM gate.organizations",
    );
    const [before] = rows as { log_size: string; log_root: string; checkpoint: string }[];
    await t.fresh();
    await t.asSuperuser(
      "DELETE FROM gate.receipts WHERE organization_id = $1 AND index >= $2",
      t.ada.organization,
      before?.log_size,
    );
    await t.forge(
      "UPDATE gate.organizations SET log_size = $1, log_root = $2, checkpoint = $3",
      before?.log_size,
      before?.log_root,
      before?.checkpoint,
    );
    await t.gate.restart();
    await expect(t.fresh()).rejects.toMatchObject({
      code: "log.unusable",
      message: expect.stringContaining("disk pins") as string,
    });
  });
});

test("L3: another history, signed by the same key, that the pinned checkpoint does not belong to", async () => {
  const other = await openPushGate(inject("postgres"));
  const pin = join(other.gate.folder, "checkpoints", `${other.ada.organization}.txt`);
  copyFileSync(pin, `${pin}.before`);
  const head = "SELECT log_size, log_root, checkpoint FROM gate.organizations";
  const [before] = (await other.gate.forge(other.ada.organization, head)).rows as { log_size: string }[];
  await other.fresh();
  copyFileSync(pin, `${pin}.seen`);
  await other.asSuperuser(
    "DELETE FROM gate.receipts WHERE organization_id = $1 AND index >= $2",
    other.ada.organization,
    before?.log_size,
  );
  await other.forge(
    "UPDATE gate.organizations SET log_size = $1, log_root = $2, checkpoint = $3",
    ...Object.values(before ?? {}),
  );
  // The disk is rolled back as well: now the gate itself signs a second history, of the same length and longer.
  copyFileSync(`${pin}.before`, pin);
  await other.gate.restart();
  await other.fresh();
  await other.fresh();
  copyFileSync(`${pin}.seen`, pin);
  await other.gate.restart();
  await expect(other.fresh()).rejects.toMatchObject({
    code: "log.unusable",
    message: expect.stringContaining("disk pins") as string,
  });
  await other.gate.close();
});

test("L3: a decision that cosigned another log is not believed", async () => {
  const other = await openPushGate(inject("postgres"));
  const hold = await other.fresh();
  await other.approveAndStop(hold);
  const { identity, policies, store, receipts, grantUses: uses } = other.gate.core;
  const forked = {
    ofHold: receipts.ofHold,
    verified: async (organization: string) => ({
      ...(await receipts.verified(organization)),
      rootAt: () => "0".repeat(64),
    }),
  };
  const approved = await other.now(hold);
  await createApprovals({ identity, policies, store, uses, log: receipts }).checkApproved(approved);
  await expect(
    createApprovals({ identity, policies, store, uses, log: forked }).checkApproved(approved),
  ).rejects.toThrow(/cosigned another log/);
  await other.gate.close();
});

test("a pin that is a little behind, as after a crash, is caught up with", async () => {
  const other = await openPushGate(inject("postgres"));
  const pin = join(other.gate.folder, "checkpoints", `${other.ada.organization}.txt`);
  copyFileSync(pin, `${pin}.old`);
  await other.fresh();
  copyFileSync(`${pin}.old`, pin);
  await other.gate.restart();
  await other.fresh();
  const head = openCheckpoint(
    readFileSync(pin, "utf8"),
    logOrigin(other.gate.core.identity.installation, other.ada.organization),
    publicKeyText(other.gate.core.keys.log),
  );
  expect(head?.size).toBe((await other.gate.core.receipts.verify(other.ada.organization)).size);
  await other.gate.close();
});
