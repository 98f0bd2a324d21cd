/** Which of a person's devices are told of holds. */
import { Hono } from "hono";
import { z } from "zod";
import type { PagesDeps, PushDevice } from "../deps.ts";
import { readBody } from "../request-body.ts";
import { type PagesEnv, signedIn } from "../session.ts";
import type { NotificationsPage } from "../wire.ts";

const subscribeInput = z.strictObject({
  endpoint: z.string().max(2000),
  p256dh: z.string().regex(/^[\w-]{80,100}=*$/),
  auth: z.string().regex(/^[\w-]{20,30}=*$/),
  device: z.string().trim().max(100),
});

export function pushRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  app.get("/", async (c) => {
    const devices = await deps.pushDevices.list(signedIn(c).person);
    const page: NotificationsPage = { publicKey: deps.pushDevices.publicKey, devices: devices.map(present) };
    return c.json(page);
  });
  app.post("/subscribe", async (c) =>
    c.json(present(await deps.pushDevices.subscribe(signedIn(c).person, await readBody(c, subscribeInput)))),
  );
  app.post("/unsubscribe", async (c) => {
    const { id } = await readBody(c, z.strictObject({ id: z.string().max(100) }));
    await deps.pushDevices.unsubscribe(signedIn(c).person, id);
    return c.json({});
  });
  // From the service worker, which shows messages also where nobody is signed in any more. It changes a time and nothing else.
  app.post("/shown", async (c) => {
    const { token } = await readBody(c, z.strictObject({ token: z.string().max(200) }));
    await deps.pushDevices.shown(token);
    return c.json({});
  });
  app.post("/test", async (c) => {
    await readBody(c, z.object({}));
    return c.json({ results: await deps.pushDevices.test(signedIn(c).person) });
  });
  return app;
}

function present(device: PushDevice): NotificationsPage["devices"][number] {
  return {
    id: device.id,
    device: device.device,
    createdAt: device.createdAt.toISOString(),
    failedAt: device.failedAt?.toISOString() ?? null,
    shownAt: device.shownAt?.toISOString() ?? null,
  };
}
