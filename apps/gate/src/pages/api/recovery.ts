/** Recovery: printing a code while all is well, and using one when nothing else is left. */
import { Hono } from "hono";
import { z } from "zod";
import { anonymousBudget } from "../anonymous-budget.ts";
import type { PagesDeps } from "../deps.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, signedIn } from "../session.ts";
import type { RecoveryMade, RecoveryWaiting } from "../wire.ts";

const answerInput = z.strictObject({ answer: z.unknown() });
const codeInput = z.strictObject({ code: z.string().trim().min(1).max(100) });
const finishInput = z.strictObject({ answer: z.unknown(), name: z.string().trim().min(1).max(100) });

export function recoveryRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const admit = anonymousBudget(deps);
  const { recovery } = deps.persons;
  app.post("/begin", async (c) => {
    admit();
    return c.json(await recovery.begin((await readBody(c, codeInput)).code));
  });
  app.post("/finish", async (c) => {
    admit();
    const { answer, name } = await readBody(c, finishInput);
    const { readyAt, ...made } = await recovery.finish(answer, name);
    const page: RecoveryMade = { ...made, readyAt: readyAt.toISOString() };
    return c.json(page);
  });
  app.post("/code/begin", async (c) => {
    await readBody(c, z.object({}));
    return c.json(await recovery.beginCode(signedIn(c).person));
  });
  app.post("/code/finish", async (c) => {
    const { answer } = await readBody(c, answerInput);
    return c.json(await recovery.finishCode(signedIn(c).person, answer));
  });
  app.get("/waiting", async (c) => {
    const waiting = await recovery.waiting(organizationOf(c).id);
    const lines: RecoveryWaiting[] = waiting.map((each) => ({
      ...each,
      readyAt: each.readyAt.toISOString(),
    }));
    return c.json(lines);
  });
  return app;
}
