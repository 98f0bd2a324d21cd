/** Which of a person's devices are told of holds. */
import { holdId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { Hono } from "hono";
import { z } from "zod";
import type { SignedIn } from "../../core/ports.ts";
import type { PagesDeps, PushDevice } from "../deps.ts";
import { findHold } from "../hold-reader.ts";
import { qrRows } from "../qr-rows.ts";
import { readBody } from "../request-body.ts";
import { type PagesEnv, signedIn } from "../session.ts";
import type { NotificationsPage } from "../wire.ts";

const subscribeInput = z.strictObject({
  endpoint: z.string().max(2000),
  p256dh: z.string().regex(/^[\w-]{80,100}=*$/),
  auth: z.string().regex(/^[\w-]{20,30}=*$/),
  device: z.string().trim().max(100),
});

const HOLDS_ASKED_MAX = 20;
const minute = z.int().min(0).max(1439);
const quietHoursInput = z.strictObject({
  hours: z.strictObject({ from: minute, until: minute, timeZone: z.string().min(1).max(64) }).nullable(),
});
const signInput = z.strictObject({
  /** Null: a computer that is looked at and does not ring. */
  id: z.string().max(100).nullable(),
  device: z.string().trim().max(100),
});

export function pushRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const phone = forPhones(deps.origin);
  app.get("/", async (c) => {
    const { person } = signedIn(c);
    const [devices, quietHours, tests] = await Promise.all([
      deps.pushDevices.list(person),
      deps.pushDevices.quietHours.of(person),
      deps.persons.deviceTests.list(person),
    ]);
    const page: NotificationsPage = {
      publicKey: deps.pushDevices.publicKey,
      devices: devices.map((device) => ({
        ...present(device),
        testedAt: tests.find((each) => each.subscriptionId === device.id)?.signedAt.toISOString() ?? null,
      })),
      computers: tests
        .filter((each) => each.subscriptionId === null)
        .map((each) => ({ device: each.device, testedAt: each.signedAt.toISOString() })),
      phone,
      quietHours,
    };
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
  app.post("/quiet-hours", async (c) => {
    const { hours } = await readBody(c, quietHoursInput);
    await deps.pushDevices.quietHours.set(signedIn(c).person, hours);
    return c.json({});
  });
  // Which of these a device need not show any more: decided, ended, or not this person's.
  app.post("/settled", async (c) => {
    const who = signedIn(c);
    const { holds } = await readBody(c, z.strictObject({ holds: z.array(holdId).max(HOLDS_ASKED_MAX) }));
    const pending = await Promise.all(holds.map(async (id) => await isPending(deps, who, id)));
    return c.json({ settled: holds.filter((_, at) => pending[at] === false) });
  });
  // From the service worker, which shows messages also where nobody is signed in any more. It changes a time and nothing else.
  app.post("/shown", async (c) => {
    const { token } = await readBody(c, z.strictObject({ token: z.string().max(200) }));
    await deps.pushDevices.shown(token);
    return c.json({});
  });
  app.post("/test", async (c) => {
    const { id } = await readBody(c, z.strictObject({ id: z.string().max(100).optional() }));
    return c.json({ results: await deps.pushDevices.test(signedIn(c).person, id) });
  });
  // A signature that decides nothing: that this device's passkey works, once the device has rung.
  app.post("/sign/begin", async (c) => {
    const { id, device } = await readBody(c, signInput);
    const which = { subscription: id, name: device };
    return c.json(await deps.persons.deviceTests.begin(signedIn(c).person, which));
  });
  app.post("/sign/finish", async (c) => {
    const { answer } = await readBody(c, z.object({ answer: z.unknown() }));
    await deps.persons.deviceTests.finish(signedIn(c).person, answer);
    return c.json({});
  });
  return app;
}

async function isPending(deps: PagesDeps, who: SignedIn, id: string): Promise<boolean> {
  try {
    return (await findHold(deps, who, id)).state === "pending";
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return false;
    throw error;
  }
}

/** Null for a name under localhost: every device takes that for itself (RFC 6761). */
function forPhones(origin: string): NotificationsPage["phone"] {
  const { hostname } = new URL(origin);
  if (hostname === "localhost" || hostname.endsWith(".localhost")) return null;
  const address = `${origin}/notifications`;
  return { address, qr: qrRows(address) };
}

function present(device: PushDevice): Omit<NotificationsPage["devices"][number], "testedAt"> {
  return {
    id: device.id,
    device: device.device,
    createdAt: device.createdAt.toISOString(),
    failedAt: device.failedAt?.toISOString() ?? null,
    shownAt: device.shownAt?.toISOString() ?? null,
    selfTest:
      device.testedAt === null ? null : { at: device.testedAt.toISOString(), shownMs: device.testShownMs },
  };
}
