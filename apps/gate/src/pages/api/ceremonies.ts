/** Sign in, enrol, sign out, and the code with which web learns who signed in. The passkeys service does the checking; this moves its JSON. */
import { tokenRequest } from "@nightgate/shared/sign-in-token";
import { Hono } from "hono";
import { z } from "zod";
import { anonymousBudget } from "../anonymous-budget.ts";
import type { PagesDeps } from "../deps.ts";
import { deviceOf } from "../device.ts";
import { isWebSignIn, webCallback } from "../leads-back.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, type SessionCookie, signedIn } from "../session.ts";
import type { Me } from "../wire.ts";

const webFlow = z.object({
  state: z.string().max(200).optional(),
  challenge: z.string().max(200).optional(),
});
const finishInput = webFlow.extend({ answer: z.unknown() });
const enrolInput = z.strictObject({
  code: z.string().trim().min(1).max(100),
  personName: z.string().trim().min(1).max(100),
  organizationName: z.string().trim().min(1).max(100),
});

export function ceremonyRoutes(deps: PagesDeps, cookie: SessionCookie): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const admit = anonymousBudget(deps);

  const leadOn = async (person: string, flow: z.infer<typeof webFlow>): Promise<string> => {
    const { state, challenge } = flow;
    if (state === undefined || challenge === undefined || !isWebSignIn(state, challenge)) return "/holds";
    return webCallback(deps.webOrigin, state, await deps.signInCodes.issue(person, challenge));
  };

  app.post("/sign-in/begin", async (c) => {
    admit();
    return c.json(await deps.passkeys.beginSignIn());
  });
  app.post("/sign-in/finish", async (c) => {
    admit();
    const input = await readBody(c, finishInput);
    const { token, signedIn: who } = await deps.passkeys.finishSignIn(
      input.answer,
      deviceOf(c).userAgent,
      deviceOf(c).address,
    );
    cookie.write(c, token);
    return c.json({ next: await leadOn(who.person, input) });
  });
  /** For somebody who is signed in at the gate already: one click leads back to web. */
  app.post("/sign-in/continue", async (c) =>
    c.json({ next: await leadOn(signedIn(c).person, await readBody(c, webFlow)) }),
  );
  app.post("/sign-out", async (c) => {
    const token = cookie.read(c);
    if (token !== undefined) await deps.passkeys.signOut(token);
    cookie.clear(c);
    return c.json({ next: "/sign-in" });
  });
  app.post("/enrol/begin", async (c) => {
    admit();
    return c.json(await deps.passkeys.beginEnrolment(await readBody(c, enrolInput)));
  });
  app.post("/enrol/finish", async (c) => {
    admit();
    const { answer } = await readBody(c, z.object({ answer: z.unknown() }));
    const { token, organization, hold } = await deps.passkeys.finishEnrolment(
      answer,
      deviceOf(c).userAgent,
      deviceOf(c).address,
    );
    cookie.write(c, token);
    return c.json({ organization, hold });
  });
  app.get("/me", async (c) => {
    const who = signedIn(c);
    const pending = await Promise.all(
      who.organizations.map(
        async (each) => await deps.holds.list(each.id, { states: ["pending"], limit: 100 }),
      ),
    );
    const me: Me = {
      ...who,
      organization: who.organizations.length > 0 ? organizationOf(c).id : "",
      pending: pending.flat().length,
    };
    return c.json(me);
  });
  app.post("/token", async (c) => {
    const { code, verifier } = await readBody(c, tokenRequest);
    return c.json(await deps.signInCodes.redeem(code, verifier));
  });
  app.get("/keys", async (c) => c.json(await deps.signInCodes.jwks()));
  return app;
}
