/** A person's own passkeys: the list, one more, one less, another name. What changes who can sign in is signed with a passkey that is there already. */
import { keyWords } from "@nightgate/evidence/key-words";
import { personId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { Hono } from "hono";
import { z } from "zod";
import type { PagesDeps } from "../deps.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, signedIn } from "../session.ts";
import type { LinkMade, PasskeyAdded, PasskeysPage } from "../wire.ts";

const name = z.string().trim().min(1).max(100);
const credential = z.string().max(2048);
const addInput = z.strictObject({ answer: z.unknown(), name });
const answerInput = z.strictObject({ answer: z.unknown() });
const credentialInput = z.strictObject({ credential });
const renameInput = z.strictObject({ credential, name });
const linkInput = z.strictObject({ person: personId.nullable() });
const waitingInput = z.strictObject({ id: z.string().max(40) });

export function passkeyRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const { ownPasskeys } = deps.persons;
  app.get("/", async (c) => c.json(await passkeysPage(deps, signedIn(c).person, organizationOf(c).id)));
  app.post("/add/begin", async (c) => {
    await readBody(c, z.object({}));
    return c.json(await deps.passkeys.beginAdd(signedIn(c).person));
  });
  app.post("/add/finish", async (c) => {
    const { answer, name: label } = await readBody(c, addInput);
    const { person } = signedIn(c);
    const organization = organizationOf(c).id;
    // Where it is to approve, an approver's signature lets it in; elsewhere the person's own does.
    const added: PasskeyAdded = (await approvingPersons(deps, organization)).has(person)
      ? { hold: (await deps.passkeys.finishAdd(person, organization, answer, label)).hold, sign: null }
      : { hold: null, sign: await ownPasskeys.beginAddition(person, answer, label) };
    return c.json(added);
  });
  app.post("/rename", async (c) => {
    const input = await readBody(c, renameInput);
    await ownPasskeys.rename(signedIn(c).person, input.credential, input.name);
    return c.json({});
  });
  app.post("/remove/begin", async (c) => {
    const input = await readBody(c, credentialInput);
    return c.json(await ownPasskeys.beginRemoval(signedIn(c).person, input.credential));
  });
  app.post("/sign", async (c) => {
    const { answer } = await readBody(c, answerInput);
    return c.json(await ownPasskeys.finish(signedIn(c).person, answer));
  });
  app.post("/link", async (c) => {
    const input = await readBody(c, linkInput);
    const { person } = signedIn(c);
    const made = await ownPasskeys.makeLink(person, organizationOf(c).id, input.person ?? person);
    // Behind the #, so that no server and no log on the way ever sees it.
    const page: LinkMade = {
      id: made.id,
      link: `${deps.origin}/add#${made.secret}`,
      expiresAt: made.expiresAt.toISOString(),
    };
    return c.json(page);
  });
  app.post("/waiting/begin", async (c) => {
    const { id } = await readBody(c, waitingInput);
    return c.json(await ownPasskeys.beginWaiting(signedIn(c).person, organizationOf(c).id, id));
  });
  return app;
}

async function passkeysPage(deps: PagesDeps, person: string, organization: string): Promise<PasskeysPage> {
  const [passkeys, approving, waiting] = await Promise.all([
    deps.passkeys.list(person),
    approvingCredentials(deps, organization),
    deps.persons.ownPasskeys.waiting(person, organization),
  ]);
  return {
    passkeys: passkeys.map((each) => ({
      credential: each.credential,
      name: each.name,
      words: keyWords(each),
      createdAt: each.createdAt.toISOString(),
      usedAt: each.usedAt?.toISOString() ?? null,
      backedUp: each.backedUp,
      approves: approving.has(each.credential),
    })),
    waiting: waiting.map((each) => ({ ...each, own: each.person === person })),
    codeSince: deps.persons.recovery.state(person).codeSince?.toISOString() ?? null,
    approver: (await approvingPersons(deps, organization)).has(person),
  };
}

async function approvers(
  deps: PagesDeps,
  organization: string,
): Promise<{ person: string; passkeys: { credential: string }[] }[]> {
  try {
    return (await deps.policies.current(organization)).approvers;
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

/** The passkeys that the signed policy names: a row alone decides nothing (invariant 4). */
async function approvingCredentials(deps: PagesDeps, organization: string): Promise<ReadonlySet<string>> {
  const named = await approvers(deps, organization);
  return new Set(named.flatMap((approver) => approver.passkeys.map((passkey) => passkey.credential)));
}

async function approvingPersons(deps: PagesDeps, organization: string): Promise<ReadonlySet<string>> {
  return new Set((await approvers(deps, organization)).map((approver) => approver.person));
}
