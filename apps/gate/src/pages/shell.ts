/** The frame of every page: head, navigation, landmarks. Values are escaped by hono/html; data never gets in here, it comes as JSON and is drawn as text nodes. */
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { SignedIn } from "../core/ports.ts";
import type { Assets } from "./assets.ts";
import { ICONS, type IconName } from "./icons.ts";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface ShellInput {
  title: string;
  /** Which script part runs: browser/main.ts has the list. */
  page: string;
  /** Read by the script as data-* of the body. */
  data?: Record<string, string>;
  /** Null for somebody who is not signed in: no navigation then. */
  signedIn: SignedIn | null;
  organization?: string | undefined;
  body: Html;
}

interface NavigationItem {
  path: string;
  label: string;
  icon: IconName;
}

/** Exactly what exists. The first four are on a phone's bar; the others are a tap away under "You". */
const NAVIGATION: readonly NavigationItem[] = [
  { path: "/holds", label: "Holds", icon: "hold" },
  { path: "/policy", label: "Policy", icon: "policy" },
  { path: "/vault", label: "Vault", icon: "vault" },
  { path: "/grants", label: "Grants", icon: "clock" },
  { path: "/audit", label: "Audit", icon: "audit" },
  { path: "/passkeys", label: "Passkeys", icon: "passkey" },
  { path: "/notifications", label: "Notifications", icon: "bell" },
  { path: "/account", label: "You", icon: "user" },
];
const BEHIND_YOU = new Set(["/grants", "/passkeys", "/notifications"]);

export function shell(assets: Pick<Assets, "script" | "style">, input: ShellInput): Html {
  const data = Object.entries(input.data ?? {}).map(([name, value]) => html` data-${raw(name)}="${value}"`);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${input.title} · Nightgate</title>
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#f7f7f8" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#0e0f13" media="(prefers-color-scheme: dark)" />
        <meta name="robots" content="noindex" />
        <link rel="manifest" href="/manifest.webmanifest" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
        <link rel="stylesheet" href="${assets.style}" />
        <script type="module" src="${assets.script}"></script>
      </head>
      <body data-page="${input.page}" ${data} class="${input.signedIn === null ? "outside" : "inside"}">
        <a class="skip" href="#main">Skip to the content</a>
        ${input.signedIn === null ? html`` : navigation(input)}
        <main id="main" tabindex="-1">
          ${input.body}
          <noscript
            ><div class="notice bad">
              <p>The gate needs JavaScript: a passkey cannot be used without it.</p>
            </div></noscript
          >
        </main>
        <div id="announcer" class="unseen" role="status" aria-live="polite"></div>
      </body>
    </html>`;
}

function navigation(input: ShellInput): Html {
  const organizations = input.signedIn?.organizations ?? [];
  const query =
    input.organization === undefined || organizations.length < 2 ? "" : `?organization=${input.organization}`;
  const name =
    organizations.find((each) => each.id === input.organization)?.name ?? organizations[0]?.name ?? "";
  const items = NAVIGATION.map((item) => {
    const current =
      input.page === item.path.slice(1) ||
      (item.path === "/holds" && (input.page === "hold" || input.page === "together")) ||
      (item.path === "/policy" && input.page === "setup");
    return html`<li class="${BEHIND_YOU.has(item.path) ? "wide-only" : ""}">
      <a href="${item.path}${query}" ${current ? html` aria-current="page"` : ""}
        >${icon(item.icon)}<span>${item.label}</span>${item.path === "/holds" ? html`<span class="count" id="pending-count" hidden></span>` : ""}</a
      >
    </li>`;
  });
  return html`<header class="side">
    <a class="brand" href="/holds${query}"
      >${mark()}<span class="brand-name">Nightgate</span><span class="brand-part">gate</span></a
    >
    ${organizations.length < 2 ? html`<p class="organization" title="${name}">${name}</p>` : switcher(input, name)}
    <nav aria-label="Main">
      <ul>
        ${items}
      </ul>
    </nav>
  </header>`;
}

/** For somebody in several organizations: the way to the others, without a script. */
function switcher(input: ShellInput, name: string): Html {
  const page = NAVIGATION.find((item) => item.path === `/${input.page}`)?.path ?? "/holds";
  const others = (input.signedIn?.organizations ?? []).map(
    (each) =>
      html`<li>
        <a
          href="${page}?organization=${each.id}"
          ${each.id === input.organization ? html` aria-current="true"` : ""}
          >${each.name}</a
        >
      </li>`,
  );
  return html`<details class="organization-switch">
    <summary title="${name}"><span class="unseen">Organization: </span><span>${name}</span></summary>
    <ul>
      ${others}
    </ul>
  </details>`;
}

/** The mark: a gate with a moon's arc. Drawn, so that it follows the colours. */
export function mark(): Html {
  return html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
    <path class="mark-arch" d="M4 21V11a8 8 0 0 1 16 0v10" />
    <path class="mark-moon" d="M15.2 13.6A4 4 0 1 1 11 8.1a3.1 3.1 0 0 0 4.2 5.5Z" />
  </svg>`;
}

export function icon(name: IconName): Html {
  const shapes = ICONS[name].map(({ tag, attributes }) => {
    const written = Object.entries(attributes).map(([key, value]) => html` ${raw(key)}="${value}"`);
    return html`<${raw(tag)}${written} />`;
  });
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${shapes}</svg>`;
}

/** What stands in a page until its data is there: the same height, no jumping. */
export function skeleton(rows: number): Html {
  return html`<div id="content" aria-busy="true">
    <div class="skeleton" role="status" aria-label="Loading">
      ${Array.from({ length: rows }, () => html`<div class="bone"></div>`)}
    </div>
  </div>`;
}
