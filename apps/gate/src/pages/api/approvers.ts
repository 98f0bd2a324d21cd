/** Who approves: asking for a seat, and the changes of policy that give or take one. Each of those opens a hold that a passkey must sign (attack W12). */
import { personId } from "@nightgate/shared/ids";
import { Hono } from "hono";
import { z } from "zod";
import type { PagesDeps } from "../deps.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, signedIn } from "../session.ts";
import type { CandidateLine } from "../wire.ts";

const personInput = z.strictObject({ person: personId });
const answerInput = z.strictObject({ answer: z.unknown() });
const quorumInput = z.strictObject({ quorum: z.int().min(1).max(100) });

export function approverRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const { candidacies } = deps.persons;
  app.post("/candidates/begin", async (c) => {
    await readBody(c, z.object({}));
    return c.json(await candidacies.begin(signedIn(c).person, organizationOf(c).id));
  });
  app.post("/candidates/finish", async (c) => {
    const { answer } = await readBody(c, answerInput);
    const made = await candidacies.finish(signedIn(c).person, organizationOf(c).id, answer);
    const line: CandidateLine = { ...made, createdAt: made.createdAt.toISOString() };
    return c.json(line);
  });
  app.post("/candidates/withdraw", async (c) => {
    const { person } = await readBody(c, personInput);
    await candidacies.withdraw(signedIn(c).person, organizationOf(c).id, person);
    return c.json({});
  });
  app.post("/candidates/propose", async (c) => {
    const { person } = await readBody(c, personInput);
    const hold = await candidacies.propose(signedIn(c).person, organizationOf(c).id, person);
    return c.json({ hold: hold.id });
  });
  app.post("/approvers/remove", async (c) => {
    const { person } = await readBody(c, personInput);
    const hold = await candidacies.proposeRemoval(signedIn(c).person, organizationOf(c).id, person);
    return c.json({ hold: hold.id });
  });
  app.post("/approvers/quorum", async (c) => {
    const { quorum } = await readBody(c, quorumInput);
    const hold = await candidacies.proposeQuorum(signedIn(c).person, organizationOf(c).id, quorum);
    return c.json({ hold: hold.id });
  });
  return app;
}
