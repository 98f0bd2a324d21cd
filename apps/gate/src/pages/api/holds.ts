import { verdictDocument } from "@nightgate/shared/actions";
import { HOLD_STATES, type HoldState } from "@nightgate/shared/hold-states";
/** Holds and decisions, as JSON for the pages. */
import { holdId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { Hono } from "hono";
import { z } from "zod";
import type { Hold, SignedIn } from "../../core/ports.ts";
import type { PagesDeps } from "../deps.ts";
import { findHold, readHold } from "../hold-reader.ts";
import { PAGE_LIMITS } from "../limits.ts";
import { isRehearsal } from "../policy-difference.ts";
import { presentLine } from "../present.ts";
import { readBody } from "../request-body.ts";
import { type PagesEnv, signedIn } from "../session.ts";
import type { HoldList } from "../wire.ts";

const OTHERS = HOLD_STATES.filter((state): state is Exclude<HoldState, "pending"> => state !== "pending");
const sheetInput = z.strictObject({
  decisions: z
    .array(z.strictObject({ hold: holdId, verdict: verdictDocument }))
    .min(2)
    .max(PAGE_LIMITS.sheetHoldsMax),
});
const settleInput = z.strictObject({ outcome: z.enum(["released", "failed"]) });

export function holdRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  app.get("/", async (c) => c.json(await listHolds(deps, signedIn(c), c.req.query("before"))));
  /** One touch for several: each is named, with its own verdict and ticks. All of one organization. */
  app.post("/sheet/begin", async (c) => {
    const who = signedIn(c);
    const { decisions } = await readBody(c, sheetInput);
    const organization = await organizationOfSheet(deps, who, decisions);
    return c.json(await deps.decisions.beginSheet(who.person, organization, decisions));
  });
  app.post("/sheet/finish", async (c) => {
    const who = signedIn(c);
    const { first, answer } = await readBody(c, z.object({ first: holdId, answer: z.unknown() }));
    const { organization } = await findHold(deps, who, first);
    const decided = await deps.decisions.finishSheet(who.person, organization, answer);
    return c.json({ decided: decided.map(({ id, state }) => ({ id, state })) });
  });
  app.get("/:id", async (c) => c.json(await readHold(deps, signedIn(c), c.req.param("id"))));
  app.post("/:id/decision/begin", async (c) => {
    const who = signedIn(c);
    const verdict = await readBody(c, verdictDocument);
    const hold = await findHold(deps, who, c.req.param("id"));
    return c.json(await deps.decisions.begin(who.person, hold.organization, hold.id, verdict));
  });
  app.post("/:id/decision/finish", async (c) => {
    const who = signedIn(c);
    const { answer } = await readBody(c, z.object({ answer: z.unknown() }));
    const hold = await findHold(deps, who, c.req.param("id"));
    const decided = await deps.decisions.finish(who.person, hold.organization, hold.id, answer);
    return c.json({ id: decided.id, state: decided.state });
  });
  /** An outcome that nobody knows: the person says how it ended, in a hold of its own that is signed like any other. */
  app.post("/:id/settle", async (c) => {
    const who = signedIn(c);
    const { outcome } = await readBody(c, settleInput);
    const hold = await findHold(deps, who, c.req.param("id"));
    const opened = await deps.policyChanges.proposeSettle(who.person, hold.organization, hold.id, outcome);
    return c.json({ hold: opened.id });
  });
  return app;
}

/** Throws Problem not-found for a hold of somebody else's (invariant 9), input.invalid where they are of several organizations. */
async function organizationOfSheet(
  deps: PagesDeps,
  who: SignedIn,
  decisions: readonly { hold: string }[],
): Promise<string> {
  const organizations = new Set<string>();
  for (const { hold } of decisions) organizations.add((await findHold(deps, who, hold)).organization);
  const [organization, ...others] = organizations;
  if (organization === undefined || others.length > 0)
    throw new Problem("input.invalid", { why: "the holds of one sheet are of one organization" });
  return organization;
}

async function listHolds(deps: PagesDeps, who: SignedIn, beforeText: string | undefined): Promise<HoldList> {
  const before = readInstant(beforeText);
  const limit = PAGE_LIMITS.holdsPageMax;
  const perOrganization = await Promise.all(
    who.organizations.map(async ({ id }) => ({
      pending: before === null ? await deps.holds.list(id, { states: ["pending"] }) : [],
      recent: await deps.holds.list(id, {
        states: OTHERS,
        limit: limit + 1,
        ...(before === null ? {} : { before }),
      }),
      sample: await rehearsalResources(deps, id),
    })),
  );
  const newestFirst = (a: Hold, b: Hold): number => b.createdAt.getTime() - a.createdAt.getTime();
  const recent = perOrganization.flatMap((each) => each.recent).toSorted(newestFirst);
  const shown = recent.slice(0, limit);
  const sample = new Set(perOrganization.flatMap((each) => each.sample));
  const present = (hold: Hold): HoldList["recent"][number] => ({
    ...presentLine(hold),
    rehearsal: hold.resource !== null && sample.has(hold.resource),
  });
  return {
    pending: perOrganization
      .flatMap((each) => each.pending)
      .toSorted(newestFirst)
      .map(present),
    recent: shown.map(present),
    older: recent.length > limit ? (shown.at(-1)?.createdAt.toISOString() ?? null) : null,
  };
}

async function rehearsalResources(deps: PagesDeps, organization: string): Promise<string[]> {
  try {
    const policy = await deps.policies.current(organization);
    return policy.resources.filter(isRehearsal).map((resource) => resource.id);
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

function readInstant(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) throw new Problem("input.invalid", { why: "before: not an instant" });
  return instant;
}
