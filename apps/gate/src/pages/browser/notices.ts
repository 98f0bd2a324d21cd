/** The designed states of a page: loading is in the frame already; empty, failed and working are here. */
import type { IconName } from "../icons.ts";
import { wordsOf } from "./api.ts";
import { announce, byId, type Child, fill, h, icon } from "./dom.ts";

export function content(): HTMLElement {
  return byId("content");
}

/** Draws the page's content and takes the skeleton away. */
export function show(...children: Child[]): void {
  const place = content();
  place.removeAttribute("aria-busy");
  fill(place, ...children);
}

/** What this is, and the one thing to do. */
export function emptyState(name: IconName, title: string, words: string, action: Child = null): HTMLElement {
  return h(
    "div.empty",
    {},
    h("div.empty-icon", {}, icon(name)),
    h("h2", {}, title),
    h("p", {}, words),
    action,
  );
}

/** What, why, what next, and a way to try again. */
export function errorState(error: unknown, again: () => void): HTMLElement {
  // A page whose heading comes with its data has none now, and on a phone no bar either.
  const bare = document.querySelector(".page-head h1, .door h1") === null;
  const words = wordsOf(error);
  announce(words);
  return h(
    "div.notice.bad",
    { role: "alert" },
    icon("danger"),
    h(
      "div",
      {},
      bare && h("h1", {}, "This cannot be shown"),
      h("p", {}, words),
      h(
        "div.actions",
        {},
        h("button.button.small", { type: "button", click: again }, icon("refresh"), "Try again"),
        bare && h("a.button.small", { href: "/holds" }, "To your holds"),
      ),
    ),
  );
}

export function notice(
  tone: "good" | "bad" | "warn" | "wait" | "quiet",
  name: IconName,
  ...children: Child[]
): HTMLElement {
  return h("div.notice", { class: tone }, icon(name), h("div", {}, ...children));
}

/** Loads and draws; draws the failure with a retry when that does not work. */
export async function load(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    show(errorState(error, () => void load(work)));
  }
}

/** Runs what a button stands for: the button is busy meanwhile, and a failure is said beside it. */
export async function busy(
  button: HTMLButtonElement,
  place: HTMLElement,
  work: () => Promise<void>,
): Promise<void> {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  button.classList.add("is-busy");
  fill(place);
  try {
    await work();
  } catch (error) {
    const words = wordsOf(error);
    fill(place, h("p.problem", { role: "alert" }, icon("danger"), words));
  } finally {
    button.removeAttribute("aria-disabled");
    button.classList.remove("is-busy");
  }
}
