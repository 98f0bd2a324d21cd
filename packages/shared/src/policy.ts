/**
 * The policy: approvers, resources and their bindings to workstations, one numbered document that a passkey signs.
 * The gate keeps it, applies it and pins its version on its disk; nobody else can change it (invariant 4).
 */
import { z } from "zod";
import { organizationId, personId, resourceId, workstationId } from "./ids.ts";

/** Which workstations may use a resource: all of the organization's, now and later, or the ones named. */
export const workstationBinding = z.union([z.literal("*"), z.array(workstationId).max(1000)]);

const resourceName = z.string().min(1).max(100);
const upstreamUrl = z.url({ protocol: /^https?$/ }).max(2000);

const hostName = z.string().regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/);

/** The API of a repository's host: what it says of this one repository may be read, what changes something there is held. */
export const forgeApi = z.strictObject({
  pack: z.enum(["github"]),
  /** Where the gate sends requests to, for example https://api.github.com. */
  url: upstreamUrl,
  /** The name that tools in a workstation ask for: as a rule the one in `url`. */
  host: hostName,
});
export type ForgeApi = z.infer<typeof forgeApi>;

export const gitResource = z.strictObject({
  kind: z.literal("git"),
  id: resourceId,
  name: resourceName,
  /** The repository's https (or, on the operator's own network, http) URL, without any credential. */
  url: upstreamUrl,
  workstations: workstationBinding,
  push: z.enum(["hold", "deny"]),
  /** How a held push ends in the client: accepted for delivery (exit 0), or refused (exit 1). */
  whenHeld: z.enum(["accept", "fail"]),
  /** Left out: the API of its host is closed to agents. */
  forge: forgeApi.optional(),
  /** True for the sample repository of the rehearsal; the pages mark it plainly. */
  rehearsal: z.boolean(),
});
export type GitResource = z.infer<typeof gitResource>;

export const MODEL_APIS = ["anthropic", "openai"] as const;
export const modelResource = z.strictObject({
  kind: z.literal("model"),
  id: resourceId,
  name: resourceName,
  api: z.enum(MODEL_APIS),
  /** The base URL that an SDK would be given, for example https://api.anthropic.com. */
  url: upstreamUrl,
  workstations: workstationBinding,
  rehearsal: z.boolean(),
});
export type ModelResource = z.infer<typeof modelResource>;

/** Hosts whose GET and HEAD pass. Everything else to them is refused. */
export const httpResource = z.strictObject({
  kind: z.literal("http"),
  id: resourceId,
  name: resourceName,
  /** Lower-case A-labels, exact; `*.` in front allows one or more labels. */
  hosts: z
    .array(z.string().regex(/^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/))
    .min(1)
    .max(500),
  workstations: workstationBinding,
});
export type HttpResource = z.infer<typeof httpResource>;

export const CHANNEL_SERVICES = ["telegram", "slack", "discord", "webhook", "email"] as const;
export type ChannelService = (typeof CHANNEL_SERVICES)[number];

/** Where notifications go besides the phone. Only the gate speaks to it; no workstation can. */
export const channelResource = z.strictObject({
  kind: z.literal("channel"),
  id: resourceId,
  name: resourceName,
  service: z.enum(CHANNEL_SERVICES),
  /** The base URL of the service's API; the address that a webhook is sent to, without what is secret of it; smtp:// or smtps:// for e-mail. */
  url: z.url({ protocol: /^(https?|smtps?)$/ }).max(2000),
  /** The sender of e-mail. */
  from: z.email().max(254).optional(),
  /** No workstation may use it. */
  workstations: z.array(workstationId).max(0),
  rehearsal: z.boolean(),
});
export type ChannelResource = z.infer<typeof channelResource>;

export const resource = z.discriminatedUnion("kind", [
  gitResource,
  modelResource,
  httpResource,
  channelResource,
]);
export type Resource = z.infer<typeof resource>;

export const approver = z.strictObject({
  person: personId,
  name: z.string().min(1).max(100),
  passkeys: z
    .array(
      z.strictObject({
        credential: z.string().min(16).max(2048),
        /** COSE key, base64url. */
        publicKey: z.string().min(16).max(4096),
        name: z.string().min(1).max(100),
      }),
    )
    .min(1)
    .max(20),
});
export type Approver = z.infer<typeof approver>;

export const policyDocument = z
  .strictObject({
    organization: organizationId,
    version: z.int().min(1),
    /** How many approvers must sign before a hold is approved: persons, not passkeys. One of them can reject it alone. */
    quorum: z.int().min(1),
    approvers: z.array(approver).min(1).max(100),
    resources: z.array(resource).max(1000),
  })
  .refine(({ quorum, approvers }) => quorum <= approvers.length, {
    path: ["quorum"],
    message: "there are fewer approvers than that",
  });
export type PolicyDocument = z.infer<typeof policyDocument>;

/** The registries that a fresh organization may read from, so that an agent can install packages on the first evening. */
export const PACKAGE_REGISTRY_HOSTS: readonly string[] = [
  "registry.npmjs.org",
  "pypi.org",
  "files.pythonhosted.org",
  "deb.debian.org",
  "security.debian.org",
  "index.crates.io",
  "static.crates.io",
  "crates.io",
  "proxy.golang.org",
  "sum.golang.org",
];
