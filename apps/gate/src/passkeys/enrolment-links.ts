/**
 * Links that make one passkey of one person on another device: their own phone, or the new phone of somebody who has lost all of theirs.
 * The link makes a key and nothing else. What lets the key in is a signature: the person's own, or, where it is to approve or was made for
 * somebody else, an approver's over a hold that shows the key's words (attack W11).
 */
import { randomBytes } from "node:crypto";
import type { GateDatabase } from "@nightgate/db/gate";
import { keyWords } from "@nightgate/evidence/key-words";
import type { PasskeyEnrollAction } from "@nightgate/shared/actions";
import type { Clock } from "@nightgate/shared/clock";
import { linkId, newId, organizationId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { HoldsCore } from "../core/holds.ts";
import { LIMITS } from "../core/limits.ts";
import { describeOwnAction } from "../core/own-cards.ts";
import type { LinkSecret, OwnPasskeys, WaitingKey } from "../core/people-ports.ts";
import type { Policies } from "../core/ports.ts";
import type { GateIdentity } from "../core/store-ports.ts";
import type { Challenges } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import { asJson } from "../store/rows.ts";
import { digestOf } from "./joining.ts";
import { optionsFor } from "./options-for.ts";
import { checkRegistration, readRegistration, type RegisteredPasskey } from "./webauthn.ts";

export interface EnrolmentLinksDeps {
  identity: GateIdentity;
  db: GateDatabase;
  people: People;
  challenges: Challenges;
  policies: Pick<Policies, "current">;
  holds: Pick<HoldsCore, "open" | "get">;
  clock: Clock;
  approves(person: string, organization: string): Promise<boolean>;
}

type Pages = Pick<OwnPasskeys, "makeLink" | "lookAtLink" | "beginByLink" | "finishByLink" | "waiting">;

export interface EnrolmentLinks {
  pages: Pages;
  /** The key that waits under a link of the person's own and needs no hold. Throws Problem not-found. */
  take(person: string, organization: string, id: string): Promise<RegisteredPasskey & { name: string }>;
  forget(organization: string, id: string): Promise<void>;
}

const key = z.strictObject({
  credential: z.string(),
  publicKey: z.string(),
  transports: z.array(z.string()),
  counter: z.int(),
  backedUp: z.boolean(),
  name: z.string(),
});
const linked = z.object({
  what: z.literal("link"),
  organization: organizationId,
  id: linkId,
  person: z.string(),
});
type Row = NonNullable<Awaited<ReturnType<typeof find>>>;

export function createEnrolmentLinks(deps: EnrolmentLinksDeps): EnrolmentLinks {
  const { db, people } = deps;
  return {
    pages: {
      makeLink: async (person, organization, forPerson) =>
        await makeLink(deps, person, organization, forPerson),
      lookAtLink: async (link) => {
        const row = await usable(deps, link);
        const person = await people.person(row.personId);
        const named = await db.asOrganization(
          link.organization,
          async (tx) => await tx.gateOrganizations.findFirst({ select: { name: true } }),
        );
        return { personName: person?.name ?? "", organizationName: named?.name ?? "" };
      },
      beginByLink: async (link) => {
        const row = await usable(deps, link);
        const { organization } = link;
        const context: z.infer<typeof linked> = {
          what: "link",
          organization,
          id: row.id,
          person: row.personId,
        };
        return await optionsFor(deps, row.personId, context);
      },
      finishByLink: async (answer, name) => await finishByLink(deps, answer, name),
      waiting: async (person, organization) => await waiting(deps, person, organization),
    },
    take: async (person, organization, id) => {
      const row = await db.asOrganization(
        organization,
        async (tx) => await tx.gateEnrolmentLinks.findUnique({ where: { id } }),
      );
      const made = key.safeParse(row?.passkey);
      if (!row || row.personId !== person || row.holdId !== null || !made.success || isOld(deps, row))
        throw new Problem("not-found", { what: "such key" });
      return made.data;
    },
    forget: async (organization, id) => {
      await db.asOrganization(
        organization,
        async (tx) => await tx.gateEnrolmentLinks.deleteMany({ where: { id } }),
      );
    },
  };
}

async function makeLink(
  deps: EnrolmentLinksDeps,
  person: string,
  organization: string,
  forPerson: string,
): Promise<{ id: string; secret: string; expiresAt: Date }> {
  const { db, clock } = deps;
  if (forPerson !== person) await refuseUnlessHelper(deps, person, organization, forPerson);
  const now = clock.now();
  const expiresAt = new Date(now + (forPerson === person ? LIMITS.enrolmentLinkMs : LIMITS.recoveryLinkMs));
  const [id, token] = [newId("link"), randomBytes(32).toString("base64url")];
  await db.asOrganization(organization, async (tx) => {
    await tx.gateEnrolmentLinks.deleteMany({
      where: { expiresAt: { lt: new Date(now - LIMITS.waitingKeyMs) } },
    });
    const open = await tx.gateEnrolmentLinks.count({
      where: { madeBy: person, usedAt: null, expiresAt: { gt: new Date(now) } },
    });
    if (open >= LIMITS.enrolmentLinksOpenMax)
      throw new Problem("too-many", { what: "open links", limit: LIMITS.enrolmentLinksOpenMax });
    await tx.gateEnrolmentLinks.create({
      data: {
        organizationId: organization,
        id,
        tokenDigest: digestOf(token),
        personId: forPerson,
        madeBy: person,
        createdAt: new Date(now),
        expiresAt,
      },
    });
  });
  return { id, secret: `${organization}.${token}`, expiresAt };
}

/** A link for somebody else: only among members of one organization, and only where that is the only door that the key could open. */
async function refuseUnlessHelper(
  { people, approves }: EnrolmentLinksDeps,
  person: string,
  organization: string,
  forPerson: string,
): Promise<void> {
  const role = await people.roleIn(person, organization);
  const helps = role === "owner" || role === "admin" || (await approves(person, organization));
  if (!helps) throw new Problem("role.refused", { what: "help somebody to a new passkey" });
  if ((await people.roleIn(forPerson, organization)) === null)
    throw new Problem("not-found", { what: "such member" });
  const theirs = await people.signedIn(forPerson);
  // Invariant 9: a passkey is the person's, and so opens all of their organizations; this one must not open another's.
  if (theirs?.organizations.some((each) => each.id !== organization) === true)
    throw new Problem("recovery.other-organizations", { name: theirs.name });
}

async function finishByLink(
  deps: EnrolmentLinksDeps,
  answer: unknown,
  name: string,
): Promise<{ name: string; words: string }> {
  const { identity, challenges, people, db, clock } = deps;
  const read = readRegistration(answer);
  const context = linked.safeParse((await challenges.take("enroll", read.challenge))?.context);
  if (!context.success) throw new Problem("challenge.unusable", {});
  const { organization, id, person } = context.data;
  const registered = await checkRegistration(identity, read);
  if (await people.passkey(registered.credential))
    throw new Problem("passkey.refused", { why: "it is enrolled already" });
  const made: z.infer<typeof key> = { ...registered, name };
  const row = await db.asOrganization(organization, async (tx) => {
    const now = new Date(clock.now());
    // Of two who answer under one link at the same time, one changes a row.
    const { count } = await tx.gateEnrolmentLinks.updateMany({
      where: { id, usedAt: null, expiresAt: { gt: now } },
      data: { usedAt: now, passkey: asJson(made) },
    });
    return count === 1 ? await tx.gateEnrolmentLinks.findUnique({ where: { id } }) : null;
  });
  if (!row) throw new Problem("link.unusable", {});
  if (row.madeBy !== person || (await deps.approves(person, organization)))
    await openHold(deps, { organization, id, person, made });
  return { name, words: keyWords(made) };
}

async function openHold(
  deps: EnrolmentLinksDeps,
  link: { organization: string; id: string; person: string; made: z.infer<typeof key> },
): Promise<void> {
  const { organization, id, person, made } = link;
  const { credential, publicKey, name } = made;
  const action: PasskeyEnrollAction = {
    kind: "passkey.enroll",
    organization,
    person,
    name,
    credential,
    publicKey,
  };
  const personName = (await deps.people.person(person))?.name ?? "";
  const card = describeOwnAction(action, await deps.policies.current(organization), personName);
  const hold = await deps.holds.open({
    action,
    card,
    caller: null,
    resource: null,
    agentWords: "",
    supersedes: null,
    keep: async () => undefined,
  });
  await deps.db.asOrganization(
    organization,
    async (tx) => await tx.gateEnrolmentLinks.updateMany({ where: { id }, data: { holdId: hold.id } }),
  );
}

async function waiting(
  deps: EnrolmentLinksDeps,
  person: string,
  organization: string,
): Promise<WaitingKey[]> {
  const { db, people, holds } = deps;
  const rows = await db.asOrganization(
    organization,
    async (tx) =>
      await tx.gateEnrolmentLinks.findMany({
        where: { OR: [{ madeBy: person }, { personId: person }], usedAt: { not: null } },
        orderBy: { usedAt: "asc" },
      }),
  );
  const keys: WaitingKey[] = [];
  for (const row of rows) {
    const made = key.safeParse(row.passkey);
    if (!made.success || isOld(deps, row) || (await people.passkey(made.data.credential))) continue;
    if (row.holdId !== null && (await holds.get(organization, row.holdId)).state !== "pending") continue;
    keys.push({
      id: row.id,
      person: row.personId,
      personName: (await people.person(row.personId))?.name ?? "",
      name: made.data.name,
      words: keyWords(made.data),
      hold: row.holdId,
    });
  }
  return keys;
}

function isOld({ clock }: EnrolmentLinksDeps, row: { usedAt: Date | null }): boolean {
  return row.usedAt === null || row.usedAt.getTime() + LIMITS.waitingKeyMs <= clock.now();
}

async function usable(deps: EnrolmentLinksDeps, link: LinkSecret): Promise<Row> {
  const row = organizationId.safeParse(link.organization).success ? await find(deps, link) : null;
  if (!row || row.usedAt !== null || row.expiresAt.getTime() <= deps.clock.now())
    throw new Problem("link.unusable", {});
  return row;
}

async function find({ db }: EnrolmentLinksDeps, { organization, token }: LinkSecret) {
  return await db.asOrganization(
    organization,
    async (tx) => await tx.gateEnrolmentLinks.findFirst({ where: { tokenDigest: digestOf(token) } }),
  );
}
