/** The gate's own pages as one Hono app: guard, session, pages, JSON and files. main.ts serves it on the gate's port. */
import { randomUUID } from "node:crypto";
import { Problem, problemDetails } from "@nightgate/shared/problems";
import { Hono } from "hono";
import { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { approverRoutes } from "./api/approvers.ts";
import { auditRoutes } from "./api/audit.ts";
import { ceremonyRoutes } from "./api/ceremonies.ts";
import { channelRoutes } from "./api/channels.ts";
import { eventRoutes } from "./api/events.ts";
import { grantRoutes } from "./api/grants.ts";
import { holdRoutes } from "./api/holds.ts";
import { joiningRoutes } from "./api/joining.ts";
import { passkeyRoutes } from "./api/passkeys.ts";
import { personRoutes } from "./api/persons.ts";
import { policyRoutes } from "./api/policy.ts";
import { pushRoutes } from "./api/push.ts";
import { recoveryRoutes } from "./api/recovery.ts";
import { type Asset, type Assets, buildAssets } from "./assets.ts";
import type { PagesDeps } from "./deps.ts";
import { pageRoutes } from "./page-routes.ts";
import { requestGuard } from "./request-guard.ts";
import { securityHeaders } from "./security-headers.ts";
import { type PagesContext, type PagesEnv, sessionCookie, withSession } from "./session.ts";
import { mark, shell } from "./shell.ts";

/** Bundles the pages' files (about 200 ms) and returns the app. */
export async function createPages(deps: PagesDeps): Promise<Hono<PagesEnv>> {
  const assets = await buildAssets();
  const app = new Hono<PagesEnv>();
  const cookie = sessionCookie(deps.origin);
  app.use(securityHeaders(deps.origin));
  for (const guard of requestGuard(deps.origin)) app.use(guard);
  serveFiles(app, assets);
  app.use(withSession(cookie, deps.passkeys));
  app.route("/api", ceremonyRoutes(deps, cookie));
  app.route("/api/holds", holdRoutes(deps));
  app.route("/api/grants", grantRoutes(deps));
  app.route("/api/events", eventRoutes(deps, cookie));
  app.route("/api/passkeys", passkeyRoutes(deps));
  app.route("/api/recovery", recoveryRoutes(deps));
  app.route("/api", joiningRoutes(deps, cookie));
  app.route("/api", personRoutes(deps, cookie));
  app.route("/api", approverRoutes(deps));
  app.route("/api/channels", channelRoutes(deps));
  app.route("/api/audit", auditRoutes(deps));
  app.route("/api/push", pushRoutes(deps));
  app.route("/api", policyRoutes(deps));
  app.route("/", pageRoutes(deps, assets));
  app.notFound(async (c) => await refuse(c, assets, new Problem("not-found", { what: "such page" })));
  app.onError(async (error, c) => await refuse(c, assets, readable(deps, error)));
  return app;
}

function serveFiles(app: Hono<PagesEnv>, assets: Assets): void {
  const send = (c: PagesContext, { body, type }: Asset, cache: string): Response =>
    c.body(body, 200, { "content-type": type, "cache-control": cache });
  app.get("/assets/:name", (c) => {
    const asset = assets.files.get(c.req.path);
    if (asset === undefined) throw new Problem("not-found", { what: "such file" });
    return send(c, asset, "public, max-age=31536000, immutable");
  });
  app.get("/service-worker.js", (c) => send(c, assets.serviceWorker, "no-cache"));
  for (const [path, asset] of assets.fixed) app.get(path, (c) => send(c, asset, "public, max-age=86400"));
}

/** What went wrong as a Problem; what nobody foresaw goes to the log under a number, and only the number goes out. */
function readable(deps: Pick<PagesDeps, "log">, error: Error): Problem {
  if (error instanceof Problem) return error;
  const trace = randomUUID().slice(0, 8);
  deps.log.error({ trace, error: error.stack ?? error.message }, "a page failed");
  return new Problem("internal", { trace });
}

/** Pages get a page, scripts get problem details. */
async function refuse(c: PagesContext, assets: Assets, problem: Problem): Promise<Response> {
  const status = problem.http as ContentfulStatusCode;
  const wantsPage =
    c.req.method === "GET" &&
    !c.req.path.startsWith("/api/") &&
    (c.req.header("accept") ?? "").includes("text/html");
  if (!wantsPage)
    return c.body(JSON.stringify(problemDetails(problem)), status, {
      "content-type": "application/problem+json",
    });
  const body = html`<div class="door">
    <div class="door-brand">${mark()}</div>
    <h1>${TITLES[problem.http] ?? "This did not work"}</h1>
    <p class="lead">${problem.message}</p>
    <p class="door-actions"><a class="button" href="/holds">To your holds</a></p>
  </div>`;
  return await c.html(
    shell(assets, { title: TITLES[problem.http] ?? "Problem", page: "problem", signedIn: null, body }),
    status,
  );
}

const TITLES: Record<number, string> = {
  404: "There is nothing here",
  421: "Not this address",
  429: "Too many at once",
  500: "Something went wrong",
  503: "Not just now",
};
