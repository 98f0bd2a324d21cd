/**
 * What the gate tells a workstation about its surroundings (GET /nightgate/environment on gate.sock).
 * agentd turns it into /etc/gitconfig and the agents' variables. Nothing in it is a secret (invariant 2).
 */
import { z } from "zod";
import { MODEL_APIS } from "./policy.ts";

export const workstationEnvironment = z.object({
  workstation: z.string(),
  repositories: z.array(
    z.object({
      resource: z.string(),
      name: z.string(),
      /** As a person would write it; git rewrites it to `gateUrl`. */
      url: z.string(),
      /** http://gate.nightgate/git/<resource> */
      gateUrl: z.string(),
      /** Every other form of `url` that must be rewritten too (git@host:path, ssh://...). */
      aliases: z.array(z.string()),
    }),
  ),
  models: z.array(
    z.object({
      resource: z.string(),
      name: z.string(),
      api: z.enum(MODEL_APIS),
      /** http://gate.nightgate/model/<resource> */
      gateUrl: z.string(),
    }),
  ),
});
export type WorkstationEnvironment = z.infer<typeof workstationEnvironment>;

/** The host name under which a workstation reaches its gate. */
export const GATE_HOST_INSIDE = "gate.nightgate";

/** A hold as a workstation may see it (GET /nightgate/holds, /nightgate/holds/<id>?waitSeconds=60). */
export const holdInside = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  title: z.string(),
  run: z.string().nullable(),
  createdAt: z.iso.datetime(),
  /** The reviewer's words, or what went wrong, in one sentence. */
  words: z.string(),
});
export type HoldInside = z.infer<typeof holdInside>;
