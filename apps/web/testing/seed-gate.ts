/** What the gate would have written for a seeded organization: its policy, its secrets' existence, model calls. */
import type { GateDatabase } from "@nightgate/db/gate";
import { newId } from "@nightgate/shared/ids";
import { PACKAGE_REGISTRY_HOSTS, type PolicyDocument } from "@nightgate/shared/policy";
import type { Seeded } from "./seeded.ts";

const FAKE_KEY = "pQECAyYgASFYIAAAAAAAAAAAAAAA";

/** Returns the repository's resource id. */
export async function seedGate(
  gate: GateDatabase,
  { organization, person, workstation }: Seeded,
): Promise<string> {
  const repository = newId("resource");
  const model = newId("resource");
  const policy: PolicyDocument = {
    organization,
    version: 1,
    quorum: 1,
    approvers: [
      {
        person,
        name: "Robin Vega",
        passkeys: [{ credential: "c".repeat(24), publicKey: FAKE_KEY, name: "Phone" }],
      },
    ],
    resources: [
      {
        kind: "git",
        id: repository,
        name: "acme/shop",
        url: "https://github.com/acme/shop.git",
        workstations: "*",
        push: "hold",
        whenHeld: "accept",
        rehearsal: false,
      },
      {
        kind: "model",
        id: model,
        name: "Anthropic",
        api: "anthropic",
        url: "https://api.anthropic.com",
        workstations: "*",
        rehearsal: false,
      },
      {
        kind: "http",
        id: newId("resource"),
        name: "Package registries",
        hosts: [...PACKAGE_REGISTRY_HOSTS],
        workstations: [workstation],
      },
    ],
  };
  await gate.asOrganization(organization, async (tx) => {
    await tx.gateOrganizations.create({
      data: {
        organizationId: organization,
        name: "Acme Robotics",
        policyVersion: 1,
        logRoot: "0".repeat(64),
      },
    });
    await tx.gatePolicies.create({
      data: { organizationId: organization, version: 1, document: policy, holdId: newId("hold") },
    });
    for (const [resourceId, slot] of [
      [repository, "git.credential"],
      [model, "model.key"],
    ] as const) {
      await tx.gateSecrets.create({
        data: {
          organizationId: organization,
          id: newId("secret"),
          resourceId,
          slot,
          sealed: "sealed",
          commitment: "commitment",
          holdId: newId("hold"),
          state: "active",
        },
      });
    }
  });
  return repository;
}
