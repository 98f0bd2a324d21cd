/** The organization's log of receipts, its checkpoint, and a verification on the spot. */
import { Problem } from "@nightgate/shared/problems";
import { Hono } from "hono";
import { z } from "zod";
import type { PagesDeps } from "../deps.ts";
import { PAGE_LIMITS } from "../limits.ts";
import { presentReceipt } from "../present.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv } from "../session.ts";
import type { AuditPage, VerifyAnswer } from "../wire.ts";

export function auditRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  app.get("/receipts", async (c) => {
    const limit = PAGE_LIMITS.receiptsPageMax;
    const rows = await deps.receipts.list(organizationOf(c).id, readIndex(c.req.query("before")), limit + 1);
    const shown = rows.slice(0, limit);
    const page: AuditPage = {
      receipts: shown.map(presentReceipt),
      older: rows.length > limit ? (shown.at(-1)?.index ?? null) : null,
    };
    return c.json(page);
  });
  app.get("/checkpoint", async (c) => {
    const { id } = organizationOf(c);
    const seen = readIndex(c.req.query("seen"));
    return c.json({
      key: deps.receipts.publicKey,
      checkpoint: await deps.receipts.checkpoint(id),
      rootAtSeen: seen === null ? null : await deps.receipts.rootAt(id, seen),
    });
  });
  app.post("/verify", async (c) => {
    await readBody(c, z.object({}));
    const started = deps.clock.now();
    const result = await deps.receipts.verify(organizationOf(c).id);
    const answer: VerifyAnswer = { ...result, tookMs: deps.clock.now() - started };
    return c.json(answer);
  });
  return app;
}

function readIndex(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,15}$/.test(text)) throw new Problem("input.invalid", { why: "that is not an index" });
  return Number(text);
}
