/** What the gate's own disk remembers of each organization, above every row: the policy's version and digest, and the log's latest checkpoint (invariants 4, 8, 11). */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { organizationId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { Pins, PolicyPin } from "../core/store-ports.ts";
import { ensureFolder, prepareDurably, readIfPresent, writeDurably } from "./durable-file.ts";

const founder = z.strictObject({
  person: z.string(),
  name: z.string(),
  credential: z.string(),
  publicKey: z.string(),
});
const policyPin = z.union([
  z.strictObject({ version: z.literal(0), name: z.string(), founder }),
  z.strictObject({ version: z.int().min(1), document: z.string().regex(/^[0-9a-f]{64}$/), hold: z.string() }),
]);

/** Pins under `folder` (policy/ and checkpoints/). Reads are from memory after the first; writes are on disk when they return. */
export function openPins(folder: string): Pins {
  const policies = join(folder, "policy");
  const checkpoints = join(folder, "checkpoints");
  for (const path of [policies, checkpoints]) ensureFolder(path);
  const kept = { policy: new Map<string, PolicyPin | null>(), checkpoint: new Map<string, string | null>() };
  const policyFile = (organization: string): string =>
    join(policies, `${organizationId.parse(organization)}.json`);
  const checkpointFile = (organization: string): string =>
    join(checkpoints, `${organizationId.parse(organization)}.txt`);
  const prepareCheckpoint: Pins["prepareCheckpoint"] = (organization, note) => {
    const put = prepareDurably(checkpointFile(organization), note);
    return () => {
      put();
      kept.checkpoint.set(organization, note);
    };
  };
  return {
    organizations: () =>
      (existsSync(policies) ? readdirSync(policies) : [])
        .filter((name) => name.endsWith(".json"))
        .map((name) => name.slice(0, -".json".length)),
    policy: (organization) => {
      const known = kept.policy.get(organization);
      if (known !== undefined) return known;
      if (!organizationId.safeParse(organization).success) return null;
      const pin = readPolicyPin(readIfPresent(policyFile(organization)));
      kept.policy.set(organization, pin);
      return pin;
    },
    setPolicy: (organization, pin) => {
      writeDurably(policyFile(organization), `${JSON.stringify(pin)}\n`);
      kept.policy.set(organization, pin);
    },
    checkpoint: (organization) => {
      const known = kept.checkpoint.get(organization);
      if (known !== undefined) return known;
      const note = readIfPresent(checkpointFile(organization));
      kept.checkpoint.set(organization, note);
      return note;
    },
    setCheckpoint: (organization, note) => prepareCheckpoint(organization, note)(),
    prepareCheckpoint,
  };
}

function readPolicyPin(text: string | null): PolicyPin | null {
  if (text === null) return null;
  try {
    return policyPin.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem(
      "policy.unreadable",
      { why: "the version that the gate's disk pins cannot be read" },
      { cause },
    );
  }
}
