/** The policy, the vault's slots and proposals to change them. A proposal changes nothing: it opens a hold that a passkey must sign. */
import { keyWords } from "@nightgate/evidence/key-words";
import { SECRET_SLOTS, type SecretSlot } from "@nightgate/shared/actions";
import { newId } from "@nightgate/shared/ids";
import { type Resource, resource as resourceSchema } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { Hono } from "hono";
import { z } from "zod";
import type { PagesDeps } from "../deps.ts";
import { isRehearsal } from "../policy-difference.ts";
import { readOffer } from "../rehearsal-offer.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, signedIn } from "../session.ts";
import type { PolicyPage, ResourceLine, VaultPage } from "../wire.ts";

const secretValue = z.string().min(1).max(20_000);
const slot = z.enum(SECRET_SLOTS);
const putInput = z.strictObject({
  /** Whole resources, as the form has them; an id that the policy has is a change, `new` an addition. */
  put: z.array(z.strictObject({ resource: z.unknown(), secret: secretValue.nullable() })).max(10),
  remove: z.array(z.string().max(40)).max(100),
});
const secretInput = z.strictObject({ resource: z.string().max(40), slot, value: secretValue });
const rehearsalInput = z.strictObject({ workstations: z.array(z.string().max(40)).max(1000).nullable() });

type Put = { resource: Resource; secret: string | null };

export function policyRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  app.get("/policy", async (c) => c.json(await policyPage(deps, organizationOf(c), signedIn(c).person)));
  app.get("/vault", async (c) => c.json(await vaultPage(deps, organizationOf(c).id)));
  app.post("/policy/propose", async (c) => {
    const input = await readBody(c, putInput);
    const puts = input.put.map((each) => ({ resource: readResource(each.resource), secret: each.secret }));
    return c.json({
      hold: await propose(deps, signedIn(c).person, organizationOf(c).id, puts, input.remove),
    });
  });
  app.post("/policy/propose-rehearsal", async (c) => {
    const { workstations } = await readBody(c, rehearsalInput);
    const organization = organizationOf(c).id;
    const puts = await rehearsalPuts(deps, organization, workstations ?? "*");
    return c.json({ hold: await propose(deps, signedIn(c).person, organization, puts, []) });
  });
  app.post("/vault/propose", async (c) => {
    const secret = await readBody(c, secretInput);
    await checkSecret(deps, organizationOf(c).id, secret);
    const opened = await deps.policyChanges.proposeSecret(signedIn(c).person, organizationOf(c).id, secret);
    return c.json({ hold: opened.id });
  });
  return app;
}

/** A credential that the upstream does not accept, or that may not do what the repository needs, is never sealed. */
async function checkSecret(
  { policies, checkAccess, channels }: PagesDeps,
  organization: string,
  { resource: id, slot: its, value }: z.infer<typeof secretInput>,
): Promise<void> {
  const { resources } = await policies.current(organization);
  const known = resources.find((each) => each.id === id);
  if (its === "channel.credential" && known?.kind === "channel")
    channels.checkCredential(known.service, value);
  if (its === "git.credential" && known?.kind === "git" && !known.rehearsal)
    await checkAccess({ resource: known, credential: value, signed: true });
}

async function checkCredentials(
  { checkAccess, channels }: PagesDeps,
  puts: readonly Put[],
  signed: readonly Resource[],
): Promise<void> {
  for (const { resource, secret } of puts) {
    if (resource.kind === "channel" && secret !== null) channels.checkCredential(resource.service, secret);
    if (resource.kind !== "git" || secret === null || resource.rehearsal) continue;
    const known = signed.some((each) => each.kind === "git" && each.url === resource.url);
    await checkAccess({ resource, credential: secret, signed: known });
  }
}

/** The slot that a kind of resource has, or null. */
export function slotOf(resource: Resource): SecretSlot | null {
  if (resource.kind === "git") return "git.credential";
  if (resource.kind === "channel") return "channel.credential";
  return resource.kind === "model" ? "model.key" : null;
}

function readResource(raw: unknown): Resource {
  const withId =
    typeof raw === "object" && raw !== null && "id" in raw && raw.id === "new"
      ? { ...raw, id: newId("resource") }
      : raw;
  const parsed = resourceSchema.safeParse(withId);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new Problem("input.invalid", {
    why: `${first?.path.join(".") || "resource"}: ${first?.message ?? "does not fit"}`,
  });
}

async function propose(
  deps: PagesDeps,
  person: string,
  organization: string,
  puts: Put[],
  remove: string[],
): Promise<string> {
  const { resources } = await deps.policies.current(organization);
  await checkCredentials(deps, puts, resources);
  const changed = new Map(puts.map(({ resource }) => [resource.id, resource]));
  const next = resources
    .filter((each) => !remove.includes(each.id))
    .map((each) => changed.get(each.id) ?? each);
  const added = puts
    .map((each) => each.resource)
    .filter((each) => !resources.some((old) => old.id === each.id));
  const secrets = puts.flatMap(({ resource, secret }) => {
    const its = slotOf(resource);
    return secret === null || its === null ? [] : [{ resource: resource.id, slot: its, value: secret }];
  });
  const hold = await deps.policyChanges.propose(person, organization, {
    resources: [...next, ...added],
    secrets,
  });
  return hold.id;
}

async function policyPage(
  deps: PagesDeps,
  { id: organization, role }: { id: string; role: string },
  person: string,
): Promise<PolicyPage> {
  const [policy, workstations, slots, pending, candidates] = await Promise.all([
    deps.policies.current(organization),
    deps.workstations.list(organization),
    deps.secrets.list(organization),
    deps.holds.list(organization, { states: ["pending"], kind: "policy.change", limit: 1 }),
    deps.persons.candidacies.list(organization),
  ]);
  const approves = policy.approvers.some((each) => each.person === person);
  const line = (resource: Resource): ResourceLine => {
    const its = slotOf(resource);
    const since = slots.find((each) => each.resource === resource.id && each.slot === its)?.since;
    return { resource, slot: its, secretSince: since?.toISOString() ?? null };
  };
  return {
    version: policy.version,
    quorum: policy.quorum,
    quorumMax: policy.approvers.length,
    approvers: policy.approvers.map((each) => ({
      person: each.person,
      name: each.name,
      passkeys: each.passkeys.map((passkey) => ({ name: passkey.name, words: keyWords(passkey) })),
    })),
    candidates: candidates.map((each) => ({ ...each, createdAt: each.createdAt.toISOString() })),
    you: {
      person,
      approves,
      mayAsk: !approves && role !== "viewer" && !candidates.some((each) => each.person === person),
      mayPropose: approves || role === "owner" || role === "admin",
    },
    resources: policy.resources.map(line),
    workstations,
    rehearsalOffered: deps.rehearsalUrl !== null && !policy.resources.some(isRehearsal),
    pendingHold: pending[0]?.id ?? null,
  };
}

async function vaultPage(deps: PagesDeps, organization: string): Promise<VaultPage> {
  const [policy, slots] = await Promise.all([
    deps.policies.current(organization),
    deps.secrets.list(organization),
  ]);
  return {
    slots: policy.resources.flatMap((resource) => {
      const its = slotOf(resource);
      if (its === null || resource.kind === "http") return [];
      const since = slots.find((each) => each.resource === resource.id && each.slot === its)?.since;
      return [
        {
          resource: resource.id,
          name: resource.name,
          kind: resource.kind,
          slot: its,
          since: since?.toISOString() ?? null,
          rehearsal: resource.rehearsal,
        },
      ];
    }),
  };
}

/** The sample repository and the scripted model: a fake internet on this host, marked as such. */
async function rehearsalPuts(
  deps: PagesDeps,
  organization: string,
  workstations: "*" | string[],
): Promise<Put[]> {
  if (deps.rehearsalUrl === null) throw new Problem("not-found", { what: "rehearsal" });
  const [offer, policy] = await Promise.all([
    readOffer(deps.rehearsalUrl),
    deps.policies.current(organization),
  ]);
  const idOf = (fits: (resource: Resource) => boolean): string =>
    policy.resources.find((each) => isRehearsal(each) && fits(each))?.id ?? newId("resource");
  // One server that speaks both, so that every agent can be tried.
  const models = (["anthropic", "openai"] as const).map((api): Put => ({
    resource: {
      kind: "model",
      id: idOf((each) => each.kind === "model" && each.api === api),
      name: api === "anthropic" ? "scripted model" : "scripted model (OpenAI)",
      api,
      url: offer.model.url,
      workstations,
      rehearsal: true,
    },
    secret: offer.model.key,
  }));
  return [
    {
      resource: {
        kind: "git",
        id: idOf((each) => each.kind === "git"),
        name: "sample-shop",
        url: offer.repository.url,
        workstations,
        push: "hold",
        whenHeld: "accept",
        rehearsal: true,
      },
      secret: offer.repository.credential,
    },
    ...models,
  ];
}
