/** The event stream that keeps open pages true, and tells the gate that an approver is looking (then a held push waits a little longer for its answer). */
import { Problem } from "@nightgate/shared/problems";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { PagesDeps } from "../deps.ts";
import { PAGE_LIMITS } from "../limits.ts";
import { type PagesEnv, type SessionCookie, signedIn } from "../session.ts";

export function eventRoutes(deps: PagesDeps, cookie: SessionCookie): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const open = new Map<string, number>();
  app.get("/", (c) => {
    const who = signedIn(c);
    const token = cookie.read(c);
    const organizations = new Set(who.organizations.map((each) => each.id));
    const count = open.get(who.person) ?? 0;
    if (count >= PAGE_LIMITS.eventStreamsPerPersonMax) {
      throw new Problem("too-many", { what: "open pages", limit: PAGE_LIMITS.eventStreamsPerPersonMax });
    }
    return streamSSE(c, async (stream) => {
      open.set(who.person, (open.get(who.person) ?? 0) + 1);
      const leave = deps.presence.enter(who.person, [...organizations]);
      // Attack A2: each announcement is checked against the person's own organizations; it carries an id and nothing else.
      const ending = new AbortController();
      let unsent = 0;
      const unsubscribe = deps.changes.subscribe((change) => {
        // Whose membership has changed is heard no more of before it was looked at anew: the page comes back by itself.
        if (change.table === "control.members" && change.id === who.person) ending.abort();
        if (ending.signal.aborted) return;
        if (change.organization === null || !organizations.has(change.organization)) return;
        if (unsent >= PAGE_LIMITS.eventsUnsentMax) return ending.abort();
        unsent += 1;
        const data = JSON.stringify({ table: change.table, id: change.id });
        void stream.writeSSE({ event: "change", data }).finally(() => (unsent -= 1));
      });
      stream.onAbort(() => ending.abort());
      const signal = AbortSignal.any([ending.signal, deps.stopping]);
      try {
        await stream.writeSSE({ event: "ready", data: "{}" });
        await keepOpen(deps, signal, async () => {
          await stream.writeSSE({ event: "beat", data: "{}" });
          return token !== undefined && (await deps.passkeys.session(token)) !== null;
        });
      } finally {
        unsubscribe();
        leave();
        open.set(who.person, (open.get(who.person) ?? 1) - 1);
      }
    });
  });
  return app;
}

/** Beats until the reader is gone, the gate stops, or the session has ended. */
async function keepOpen(
  deps: Pick<PagesDeps, "clock">,
  signal: AbortSignal,
  beat: () => Promise<boolean>,
): Promise<void> {
  while (!signal.aborted) {
    const ended = await deps.clock.wait(PAGE_LIMITS.eventHeartbeatMs, signal).then(
      () => false,
      () => true, // The reader left or the gate stops: that is how this wait is meant to end.
    );
    if (ended || !(await beat())) return;
  }
}
