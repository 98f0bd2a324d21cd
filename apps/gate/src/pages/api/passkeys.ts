/** A person's own passkeys: the list, and a further one (the new key first, then a hold that an old one signs). */
import { Problem } from "@nightgate/shared/problems";
import { Hono } from "hono";
import { z } from "zod";
import type { PagesDeps } from "../deps.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, signedIn } from "../session.ts";
import type { PasskeyLine } from "../wire.ts";

const addInput = z.strictObject({ answer: z.unknown(), name: z.string().trim().min(1).max(100) });

export function passkeyRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  app.get("/", async (c) => {
    const { person } = signedIn(c);
    const [passkeys, approving] = await Promise.all([
      deps.passkeys.list(person),
      approvingCredentials(deps, organizationOf(c).id),
    ]);
    const lines: PasskeyLine[] = passkeys.map((each) => ({
      credential: each.credential,
      name: each.name,
      createdAt: each.createdAt.toISOString(),
      usedAt: each.usedAt?.toISOString() ?? null,
      backedUp: each.backedUp,
      approves: approving.has(each.credential),
    }));
    return c.json(lines);
  });
  app.post("/add/begin", async (c) => {
    await readBody(c, z.object({}));
    return c.json(await deps.passkeys.beginAdd(signedIn(c).person));
  });
  app.post("/add/finish", async (c) => {
    const { answer, name } = await readBody(c, addInput);
    return c.json(await deps.passkeys.finishAdd(signedIn(c).person, organizationOf(c).id, answer, name));
  });
  return app;
}

/** The passkeys that the signed policy names: a row alone decides nothing (invariant 4). */
async function approvingCredentials(deps: PagesDeps, organization: string): Promise<ReadonlySet<string>> {
  try {
    const policy = await deps.policies.current(organization);
    return new Set(
      policy.approvers.flatMap((approver) => approver.passkeys.map((passkey) => passkey.credential)),
    );
  } catch (error) {
    if (error instanceof Problem) return new Set();
    throw error;
  }
}
