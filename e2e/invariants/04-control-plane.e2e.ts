// Invariant 4 on the running product: whoever has all of web, all of runner, or even writes the gate's own rows, releases nothing.
import { holdReaches, pendingPush, pushHolds, queueTask, readHold } from "@nightgate/testkit/evening";
import { databaseAs, onlyOrganization } from "@nightgate/testkit/product-database";
import { upstreamSha } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Night, openNight } from "../support/evenings.ts";
import { killProcess } from "../support/processes.ts";
import { tellOnFailure } from "../support/world.ts";

const LOOKED_MS_MAX = 60_000;
let night: Night;
let organization: string;
let hold: string;
let before: string | null;

beforeAll(async () => {
  night = await openNight();
  organization = await onlyOrganization(night.product.home);
  before = upstreamSha(night.product.home);
  await queueTask(night.evening, "Add a note and push it to main.");
  hold = (await pendingPush(night.evening)).id;
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => await night?.stop());

describe.each(["web", "runner", "provisioner"] as const)(
  "with all that %s can do in the database",
  (role) => {
    test.each([
      ["approve a hold", "UPDATE gate.holds SET state = 'approved' WHERE id = $1", true],
      ["write a decision", "INSERT INTO gate.decisions (hold_id) VALUES ($1)", true],
      ["read a secret", "SELECT sealed FROM gate.secrets", false],
      ["read a passkey", "SELECT * FROM gate.passkeys", false],
      ["add a passkey", "INSERT INTO gate.passkeys DEFAULT VALUES", false],
      ["change the policy", "INSERT INTO gate.policies DEFAULT VALUES", false],
      ["write a receipt", "INSERT INTO gate.receipts DEFAULT VALUES", false],
      ["take a workstation", "UPDATE gate.workstations SET organization_id = 'org_x'", false],
      ["become the gate", "SET ROLE nightgate_gate", false],
      ["become the owner", "SET ROLE nightgate_owner", false],
      ["run a program", "COPY (SELECT 1) TO PROGRAM 'true'", false],
    ] as const)("invariant 4: nobody can %s", async (_what, sql, named) => {
      const said = await databaseAs(night.product.home, role).refusal(sql, named ? [hold] : [], organization);
      expect(said).toMatch(/permission denied|must be (a )?(superuser|member)/);
    });
  },
);

describe("with all that the gate's own role can write", () => {
  const forge = async (sql: string, values: unknown[]): Promise<void> => {
    await databaseAs(night.product.home, "gate").run(sql, values, organization);
    await killProcess(night.product, "gate");
    await until("the gate to be back", LOOKED_MS_MAX, async () => await pushHolds(night.evening));
  };

  test("invariant 4: a hold whose row says approved is not released, and the row is put right by the log", async () => {
    await forge(
      "UPDATE gate.holds SET state = 'approved', decided_at = now(), decided_by = 'per_x' WHERE id = $1",
      [hold],
    );
    await holdReaches(night.evening, hold, "pending");
    expect(upstreamSha(night.product.home)).toBe(before);
    expect(night.product.log("gate", 200)).toMatch(/disagreed with the log|without a valid approval/);
  });

  test("invariant 4: a decision that was forged beside the forged row does not help it", async () => {
    await databaseAs(night.product.home, "gate").run(
      `INSERT INTO gate.decisions (organization_id, hold_id, person_id, credential, verdict, nonce, log_head, challenge, assertion)
       VALUES ($1, $2, 'per_x', 'x', '{"verdict":"approve","words":"","ticked":[]}', 'x', 'x', 'x', '{}')`,
      [organization, hold],
      organization,
    );
    await forge("UPDATE gate.holds SET state = 'approved' WHERE id = $1", [hold]);
    await until(
      "the hold not to be approved",
      LOOKED_MS_MAX,
      async () => (await readHold(night.evening, hold)).state !== "approved",
    );
    expect((await readHold(night.evening, hold)).state).not.toBe("released");
    expect(upstreamSha(night.product.home)).toBe(before);
  });
});
