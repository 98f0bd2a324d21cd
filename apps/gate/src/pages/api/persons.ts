/** A person's organizations and sessions at the gate. */
import { deviceName } from "@nightgate/shared/device-name";
import { Hono } from "hono";
import { z } from "zod";
import type { PagesDeps } from "../deps.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, type SessionCookie, signedIn } from "../session.ts";
import type { SessionLine } from "../wire.ts";

const nameInput = z.strictObject({ name: z.string().trim().min(1).max(100) });
const endInput = z.strictObject({
  which: z.union([z.literal("others"), z.string().regex(/^[0-9a-f]{16}$/)]),
});

export function personRoutes(deps: PagesDeps, cookie: SessionCookie): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const { organizations, sessions } = deps.persons;
  app.post("/organizations/found/begin", async (c) => {
    const { name } = await readBody(c, nameInput);
    return c.json(await organizations.beginFounding(signedIn(c).person, name));
  });
  app.post("/organizations/found/finish", async (c) => {
    const { answer } = await readBody(c, z.strictObject({ answer: z.unknown() }));
    return c.json(await organizations.finishFounding(signedIn(c).person, answer));
  });
  app.post("/organizations/rename", async (c) => {
    const { name } = await readBody(c, nameInput);
    await organizations.rename(signedIn(c).person, organizationOf(c).id, name);
    return c.json({});
  });
  app.get("/sessions", async (c) => {
    signedIn(c);
    const found = await sessions.list(cookie.read(c) ?? "");
    const lines: SessionLine[] = found.map((each) => ({
      id: each.id,
      device: deviceName(each.userAgent),
      address: each.address,
      createdAt: each.createdAt.toISOString(),
      seenAt: each.seenAt.toISOString(),
      current: each.current,
    }));
    return c.json(lines);
  });
  app.post("/sessions/end", async (c) => {
    signedIn(c);
    const { which } = await readBody(c, endInput);
    const ended = await sessions.end(cookie.read(c) ?? "", which === "others" ? which : { id: which });
    return c.json({ ended });
  });
  return app;
}
