/** What a request must be before anybody looks at it: for our own origin, and, where it changes something, from our own pages. */
import { Problem } from "@nightgate/shared/problems";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { PAGE_LIMITS } from "./limits.ts";

/** web swaps its sign-in code here, from process to process: no cookie is looked at, so no page can borrow a person. */
const BETWEEN_PROCESSES = new Set(["/api/token", "/api/keys"]);
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;
const READS = new Set(["GET", "HEAD"]);

/** Refuses a Host that is not the configured origin's (421), and every change that our own pages did not send as JSON. */
export function requestGuard(origin: string): MiddlewareHandler[] {
  const ownHost = new URL(origin).host;
  const guard: MiddlewareHandler = async (c, next) => {
    const host = c.req.header("host") ?? "";
    const betweenProcesses = BETWEEN_PROCESSES.has(c.req.path);
    // Invariant 3: the origin is configuration. A request that names another is not for us.
    if (host !== ownHost && !(betweenProcesses && LOOPBACK_HOST.test(host)))
      throw new Problem("host.wrong", { origin });
    // No id, name or address of ours has a NUL, and PostgreSQL keeps none.
    if (/%00/.test(c.req.url)) throw new Problem("not-found", { what: "such page" });
    if (!READS.has(c.req.method)) checkChange(c, origin, betweenProcesses);
    await next();
  };
  const limit = bodyLimit({
    maxSize: PAGE_LIMITS.bodyBytesMax,
    onError: () => {
      throw new Problem("too-large", {
        what: "The request",
        limit: `${PAGE_LIMITS.bodyBytesMax / 1024} KiB`,
      });
    },
  });
  return [guard, limit];
}

function checkChange(c: Context, origin: string, betweenProcesses: boolean): void {
  if (c.req.method !== "POST") throw new Problem("method.refused", { method: "This method" });
  if (!betweenProcesses) {
    const site = c.req.header("sec-fetch-site");
    if (c.req.header("origin") !== origin || (site !== undefined && site !== "same-origin"))
      throw new Problem("origin.refused", {});
  }
  const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Problem("content-type.refused", {});
}
