/** Grants as JSON for their page: what is allowed in advance, asking for more (which opens a hold to sign), and taking it back at once. */
import { grantOpenAction } from "@nightgate/shared/actions";
import { Hono } from "hono";
import type { PagesDeps } from "../deps.ts";
import { isRehearsal } from "../policy-difference.ts";
import { readBody } from "../request-body.ts";
import { organizationOf, type PagesEnv, signedIn } from "../session.ts";
import type { GrantsPage } from "../wire.ts";

const proposal = grantOpenAction.omit({ kind: true, organization: true, nonce: true });

export function grantRoutes(deps: PagesDeps): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  app.get("/", async (c) => c.json(await grantsPage(deps, organizationOf(c).id)));
  app.post("/propose", async (c) => {
    const grant = await readBody(c, proposal);
    const hold = await deps.policyChanges.proposeGrant(signedIn(c).person, organizationOf(c).id, grant);
    return c.json({ hold: hold.id });
  });
  app.post("/:id/revoke", async (c) => {
    await deps.grants.revoke(signedIn(c).person, organizationOf(c).id, c.req.param("id"));
    return c.json(await grantsPage(deps, organizationOf(c).id));
  });
  return app;
}

async function grantsPage(deps: PagesDeps, organization: string): Promise<GrantsPage> {
  const [grants, policy, workstations] = await Promise.all([
    deps.grants.list(organization),
    deps.policies.current(organization),
    deps.workstations.list(organization),
  ]);
  const nameOf = (list: readonly { id: string; name: string }[], id: string): string =>
    list.find((each) => each.id === id)?.name ?? id;
  return {
    grants: grants.map(({ id, action, used, state, by, openedAt }) => ({
      id,
      resource: nameOf(policy.resources, action.resource),
      workstation: action.workstation === "*" ? null : nameOf(workstations, action.workstation),
      refs: action.refs,
      verbs: action.verbs,
      count: action.count,
      used,
      state,
      until: action.until,
      openedAt: openedAt.toISOString(),
      by: by === null ? null : (policy.approvers.find(({ person }) => person === by)?.name ?? by),
    })),
    repositories: policy.resources
      .filter((resource) => resource.kind === "git")
      .map((resource) => ({ id: resource.id, name: resource.name, rehearsal: isRehearsal(resource) })),
    workstations,
  };
}
