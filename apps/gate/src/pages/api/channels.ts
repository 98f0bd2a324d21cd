/** A member's own channels in one organization: links, order, what wakes them, the briefing. Nothing here decides anything. */
import { Hono } from "hono";
import { z } from "zod";
import { WAKES } from "../../push/attention.ts";
import type { PagesDeps } from "../deps.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, signedIn } from "../session.ts";
import type { ChannelsPage } from "../wire.ts";

const id = z.string().min(1).max(60);
const beginInput = z.strictObject({ channel: id, address: z.email().max(254).nullable() });
const confirmInput = z.strictObject({ channel: id, code: z.string().trim().min(4).max(40) });
const attentionInput = z.strictObject({
  escalateMinutes: z.int().min(0).max(240),
  nightMax: z.int().min(0).max(50),
  wakes: z.array(z.enum(WAKES)).max(WAKES.length),
});
const briefingInput = z.strictObject({
  briefing: z
    .strictObject({
      minute: z.int().min(0).max(1439),
      timeZone: z.string().min(1).max(64),
      links: z.array(id).max(20),
      phone: z.boolean(),
    })
    .nullable(),
});

export function channelRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const { channels } = deps;
  app.get("/", async (c) => c.json(await page(deps, organizationOf(c).id, signedIn(c).person)));
  app.post("/link", async (c) => {
    const { channel, address } = await readBody(c, beginInput);
    const who = { organization: organizationOf(c).id, person: signedIn(c).person };
    return c.json(await channels.beginLink(who, channel, address));
  });
  app.post("/confirm", async (c) => {
    const { channel, code } = await readBody(c, confirmInput);
    await channels.confirmLink(
      { organization: organizationOf(c).id, person: signedIn(c).person },
      channel,
      code,
    );
    return c.json({});
  });
  app.post("/unlink", async (c) => {
    const { link } = await readBody(c, z.strictObject({ link: id }));
    await channels.unlink(organizationOf(c).id, signedIn(c).person, link);
    return c.json({});
  });
  app.post("/order", async (c) => {
    const { links } = await readBody(c, z.strictObject({ links: z.array(id).max(20) }));
    await channels.order(organizationOf(c).id, signedIn(c).person, links);
    return c.json({});
  });
  app.post("/test", async (c) => {
    const { link } = await readBody(c, z.strictObject({ link: id }));
    await channels.test(organizationOf(c).id, signedIn(c).person, link);
    return c.json({});
  });
  app.post("/attention", async (c) => {
    await channels.setAttention(signedIn(c).person, await readBody(c, attentionInput));
    return c.json({});
  });
  app.post("/briefing", async (c) => {
    const { briefing } = await readBody(c, briefingInput);
    await channels.setBriefing(organizationOf(c).id, signedIn(c).person, briefing);
    return c.json({});
  });
  return app;
}

async function page({ channels }: PagesDeps, organization: string, person: string): Promise<ChannelsPage> {
  const seen = await channels.look(organization, person);
  const known = new Map(seen.channels.map((channel) => [channel.id, channel]));
  return {
    channels: seen.channels,
    links: seen.links.flatMap(({ id: link, channel, label, failedAt, createdAt }) => {
      const its = known.get(channel);
      if (its === undefined) return [];
      const { name, service } = its;
      return [
        {
          id: link,
          channel,
          name,
          service,
          label,
          working: failedAt === null,
          createdAt: createdAt.toISOString(),
        },
      ];
    }),
    attention: seen.attention,
    briefing: seen.briefing,
    log: seen.log.map((line) => ({ ...line, at: line.at.toISOString() })),
  };
}
