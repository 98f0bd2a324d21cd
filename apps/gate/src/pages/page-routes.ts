/** The addresses of the pages. Each answers with its frame at once; the data follows as JSON. */
import { jobId } from "@nightgate/shared/ids";
import { Hono } from "hono";
import { html } from "hono/html";
import type { Assets } from "./assets.ts";
import type { PagesDeps } from "./deps.ts";
import { isWebSignIn, leadsBack } from "./leads-back.ts";
import { organizationOf, type PagesContext, type PagesEnv } from "./session.ts";
import { type Html, mark, shell, type ShellInput, skeleton } from "./shell.ts";

interface PlainPage {
  path: string;
  title: string;
  page: string;
  lead?: string;
  rows: number;
}

const PLAIN: readonly PlainPage[] = [
  {
    path: "/policy",
    title: "Policy",
    page: "policy",
    rows: 6,
    lead: "What workstations may reach, and who approves. Every change is signed with a passkey.",
  },
  {
    path: "/vault",
    title: "Vault",
    page: "vault",
    rows: 4,
    lead: "Credentials go in and never come out: the gate alone uses them, at the upstream that they are for.",
  },
  {
    path: "/grants",
    title: "Grants",
    page: "grants",
    rows: 4,
    lead: "Pushes that may go out tonight without asking: in one place, so many, until a time. Whatever is dangerous still waits for you.",
  },
  {
    path: "/audit",
    title: "Audit",
    page: "audit",
    rows: 8,
    lead: "Every hold, decision and release leaves a receipt in one append-only log.",
  },
  {
    path: "/passkeys",
    title: "Passkeys",
    page: "passkeys",
    rows: 3,
    lead: "What you sign in and decide with.",
  },
  {
    path: "/notifications",
    title: "Notifications",
    page: "notifications",
    rows: 3,
    lead: "A hold rings your phone. The message names what is asked and carries no code.",
  },
  { path: "/account", title: "You", page: "account", rows: 4 },
  {
    path: "/sessions",
    title: "Sessions",
    page: "sessions",
    rows: 3,
    lead: "Where you are signed in at the gate. A session shows; only a passkey decides.",
  },
  {
    path: "/people",
    title: "People",
    page: "people",
    rows: 4,
    lead: "Who is a member, and how somebody who has lost their passkeys gets a new one.",
  },
  { path: "/organization", title: "Rename the organization", page: "organization", rows: 2 },
  {
    path: "/organizations/new",
    title: "Found an organization",
    page: "new-organization",
    rows: 2,
    lead: "You are its owner and its first approver.",
  },
];

/** For people who are not signed in, or not on this device. */
const OUTSIDE = [
  { path: "/join", title: "Join", aside: "at the gate", page: "join" },
  { path: "/add", title: "Add a passkey", aside: "", page: "add" },
  { path: "/recover", title: "Recover", aside: "your way in", page: "recover" },
] as const;

export function pageRoutes(deps: PagesDeps, assets: Assets): Hono<PagesEnv> {
  const app = new Hono<PagesEnv>();
  const draw = async (
    c: PagesContext,
    input: Omit<ShellInput, "signedIn" | "organization">,
    bare = false,
  ): Promise<Response> => {
    const who = bare ? null : c.get("signedIn");
    const organization = who === null || who.organizations.length === 0 ? undefined : organizationOf(c).id;
    return await c.html(shell(assets, { ...input, signedIn: who, organization }));
  };
  /** Sends somebody who is not signed in to do so, and back to where they wanted to go. */
  const inside = (
    c: PagesContext,
    input: Omit<ShellInput, "signedIn" | "organization">,
  ): Promise<Response> | Response => {
    if (c.get("signedIn") !== null) return draw(c, input);
    const wanted = new URL(c.req.url);
    return c.redirect(`/sign-in?return=${encodeURIComponent(wanted.pathname + wanted.search)}`, 303);
  };
  const back = (c: PagesContext): Record<string, string> => {
    const to = leadsBack(c.req.query("return"), deps.origin, deps.webOrigin);
    return to === null ? {} : { return: to };
  };

  app.get("/", (c) => c.redirect(c.get("signedIn") === null ? "/sign-in" : "/holds", 303));
  app.get("/sign-in", (c) =>
    draw(
      c,
      {
        title: "Sign in",
        page: "sign-in",
        data: { ...webFlow(c), ...back(c), known: c.get("signedIn")?.name ?? "" },
        body: outsideBody("Sign in", "to the gate"),
      },
      true,
    ),
  );
  app.get("/enrol", (c) =>
    draw(
      c,
      {
        title: "Enrol",
        page: "enrol",
        data: { ...webFlow(c), ...back(c), code: c.req.query("code")?.slice(0, 100) ?? "" },
        body: outsideBody("Set up the gate", ""),
      },
      true,
    ),
  );
  for (const { path, title, aside, page } of OUTSIDE)
    app.get(path, (c) =>
      draw(
        c,
        {
          title,
          page,
          data: { known: c.get("signedIn")?.name ?? "" },
          body: outsideBody(title, aside),
        },
        true,
      ),
    );
  app.get("/holds", (c) => inside(c, { title: "Holds", page: "holds", body: titled("Holds", undefined, 5) }));
  app.get("/holds/together", (c) =>
    inside(c, {
      title: "Several holds",
      page: "together",
      body: titled("Several holds, one touch", "Read each of them. Your passkey signs each by itself.", 9),
    }),
  );
  app.get("/holds/:id", (c) =>
    inside(c, {
      title: `Hold ${c.req.param("id").slice(0, 20)}`,
      page: "hold",
      data: { hold: c.req.param("id"), web: deps.webOrigin, ...webFlow(c), ...back(c) },
      body: skeleton(7),
    }),
  );
  // A notification about a run leads here, and from here to web: the address is made of the settings and of an id (attack N4).
  app.get("/jobs/:id", (c) => {
    const job = jobId.safeParse(c.req.param("id"));
    return c.redirect(job.success ? `${deps.webOrigin}/jobs/${job.data}` : "/holds", 303);
  });
  // So does a notification about the briefing.
  app.get("/briefing", (c) => c.redirect(`${deps.webOrigin}/briefing`, 303));
  app.get("/setup/add", (c) =>
    inside(c, {
      title: "Add a key and a repository",
      page: "setup",
      data: { ...back(c), workstation: c.req.query("workstation")?.slice(0, 40) ?? "" },
      body: titled(
        "Add a key and a repository",
        "One form, one signature. Nothing is in force before you have signed it.",
        5,
      ),
    }),
  );
  for (const { path, title, page, lead, rows } of PLAIN)
    app.get(path, (c) => inside(c, { title, page, data: back(c), body: titled(title, lead, rows) }));
  app.get("/offline", (c) =>
    draw(c, { title: "Offline", page: "offline", body: outsideBody("The gate cannot be reached", "") }, true),
  );
  return app;
}

function webFlow(c: PagesContext): Record<string, string> {
  const [state, challenge] = [c.req.query("state"), c.req.query("challenge")];
  return state !== undefined && challenge !== undefined && isWebSignIn(state, challenge)
    ? { state, challenge }
    : {};
}

function titled(title: string, lead: string | undefined, rows: number): Html {
  return html`<header class="page-head">
      <h1>${title}</h1>
      ${lead === undefined ? "" : html`<p class="lead">${lead}</p>`}
    </header>
    ${skeleton(rows)}`;
}

function outsideBody(title: string, aside: string): Html {
  return html`<div class="door">
    <div class="door-brand">${mark()}</div>
    <h1>${title}${aside === "" ? "" : html` <span class="quiet">${aside}</span>`}</h1>
    <div id="content"></div>
  </div>`;
}
