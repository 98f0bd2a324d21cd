/** Joining by an invitation, and making a passkey by a link: for people whom the gate does not know yet, or not on this device. */
import { Hono } from "hono";
import { z } from "zod";
import { anonymousBudget } from "../anonymous-budget.ts";
import type { PagesDeps } from "../deps.ts";
import { deviceOf } from "../device.ts";
import { readBody } from "../request-body.ts";
import { type PagesEnv, type SessionCookie, signedIn } from "../session.ts";
import type { InvitationPage } from "../wire.ts";

const link = { organization: z.string().max(40), token: z.string().max(200) };
const linkInput = z.strictObject(link);
const name = z.string().trim().min(1).max(100);
const beginInput = z.strictObject({ ...link, personName: name });
const answerInput = z.strictObject({ answer: z.unknown() });
const namedAnswer = z.strictObject({ answer: z.unknown(), name });

export function joiningRoutes(deps: PagesDeps, cookie: SessionCookie): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const admit = anonymousBudget(deps);
  const { joining, ownPasskeys } = deps.persons;
  app.post("/join/look", async (c) => {
    admit();
    const look = await joining.look(await readBody(c, linkInput));
    const page: InvitationPage = { ...look, expiresAt: look.expiresAt.toISOString() };
    return c.json(page);
  });
  app.post("/join/begin", async (c) => {
    admit();
    const { personName, ...secret } = await readBody(c, beginInput);
    return c.json(await joining.begin(secret, personName));
  });
  app.post("/join/finish", async (c) => {
    admit();
    const { answer } = await readBody(c, answerInput);
    const { token, organization } = await joining.finish(answer, deviceOf(c));
    cookie.write(c, token);
    return c.json({ next: backToWeb(deps.webOrigin, organization) });
  });
  app.post("/join/accept", async (c) => {
    const { organization } = await joining.accept(signedIn(c).person, await readBody(c, linkInput));
    return c.json({ next: backToWeb(deps.webOrigin, organization) });
  });
  app.post("/link/look", async (c) => {
    admit();
    return c.json(await ownPasskeys.lookAtLink(await readBody(c, linkInput)));
  });
  app.post("/link/begin", async (c) => {
    admit();
    return c.json(await ownPasskeys.beginByLink(await readBody(c, linkInput)));
  });
  app.post("/link/finish", async (c) => {
    admit();
    const input = await readBody(c, namedAnswer);
    return c.json(await ownPasskeys.finishByLink(input.answer, input.name));
  });
  return app;
}

/** web then sends the browser here to sign in, where it is known already: one click. */
function backToWeb(webOrigin: string, organization: string): string {
  return `${webOrigin}/auth/start?organization=${organization}`;
}
