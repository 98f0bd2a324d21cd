/** How states, kinds, times and sizes read on the pages. */
import type { ActionKind } from "@nightgate/shared/actions";
import type { HoldState } from "@nightgate/shared/hold-states";
import { visibleParts } from "@nightgate/shared/visible-text";
import type { IconName } from "../icons.ts";
import { type Child, h } from "./dom.ts";

type Tone = "wait" | "good" | "bad" | "warn" | "quiet";

export const STATE_WORDS: Record<HoldState, { word: string; tone: Tone }> = {
  pending: { word: "Waits for you", tone: "wait" },
  approved: { word: "Approved", tone: "wait" },
  releasing: { word: "On its way", tone: "wait" },
  released: { word: "Released", tone: "good" },
  failed: { word: "Failed", tone: "bad" },
  unknown: { word: "Outcome unknown", tone: "warn" },
  rejected: { word: "Rejected", tone: "bad" },
  expired: { word: "Expired", tone: "quiet" },
  superseded: { word: "Replaced", tone: "quiet" },
  withdrawn: { word: "Withdrawn", tone: "quiet" },
};

export const KIND_ICONS: Record<ActionKind, IconName> = {
  "git.push": "branch",
  "http.request": "send",
  "policy.change": "policy",
  "secret.write": "vault",
  "passkey.enroll": "passkey",
  "hold.settle": "help",
  "grant.open": "passkey",
};

export const SLOT_WORDS = {
  "git.credential": "Credential",
  "model.key": "Key",
  "channel.credential": "Credential",
} as const;

/** Of a hold that several approvers must sign, and some have. */
export function collectingBadge({ needed, by }: { needed: number; by: readonly unknown[] }): HTMLElement {
  return h("span.badge.wait", {}, `${by.length} of ${needed} signed`);
}

export function stateBadge(state: HoldState): HTMLElement {
  const { word, tone } = STATE_WORDS[state];
  return h("span.badge", { class: tone }, word);
}

export function rehearsalBadge(): HTMLElement {
  return h("span.badge.warn", { title: "A sample on this host. Nothing real is behind it." }, "Rehearsal");
}

/** Text that somebody else chose, with everything that would hide or move made visible. */
export function visible(text: string, keep = ""): Child[] {
  return visibleParts(text, keep).map((part) =>
    part.escape ? h("span.escape", { title: "A character that would not be seen" }, part.text) : part.text,
  );
}

/** A name that must be read exactly (path, ref, host): set apart, and letters outside ASCII marked, since many look like Latin ones. */
export function exactName(text: string): HTMLElement {
  const code = h("code.exact");
  for (const part of visibleParts(text)) {
    if (part.escape) code.append(h("span.escape", {}, part.text));
    else
      for (const run of part.text.match(/[\x20-\x7e]+|[^\x20-\x7e]+/g) ?? [])
        code.append(
          /[^\x20-\x7e]/.test(run) ? h("span.foreign", { title: "Letters that are not ASCII" }, run) : run,
        );
  }
  return code;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
  ["week", 5],
  ["month", 12],
  ["year", Number.POSITIVE_INFINITY],
];
const IN_MS: Record<string, number> = {
  second: 1e3,
  minute: 6e4,
  hour: 36e5,
  day: 864e5,
  week: 6048e5,
  month: 2592e6,
  year: 31_536e6,
};

export function relativeWords(iso: string, now = Date.now()): string {
  const distance = new Date(iso).getTime() - now;
  if (Math.abs(distance) < 45_000) return "just now";
  let size = Math.abs(distance) / 1000;
  for (const [unit, count] of STEPS) {
    if (size < count) return relative.format(Math.round(distance / (IN_MS[unit] ?? 1)), unit);
    size /= count;
  }
  return exact.format(new Date(iso));
}

/** A relative time with the exact one on hover; all of them are kept fresh by one timer (see keepTimesFresh). */
export function time(iso: string): HTMLElement {
  return h("time", { datetime: iso, title: exact.format(new Date(iso)) }, relativeWords(iso));
}

export function keepTimesFresh(): void {
  window.setInterval(() => {
    for (const element of document.querySelectorAll("time[datetime]"))
      element.textContent = relativeWords(element.getAttribute("datetime") ?? "");
  }, 20_000);
}

export function plural(count: number, word: string): string {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const units = ["KiB", "MiB", "GiB"];
  let size = count / 1024;
  let at = 0;
  while (size >= 1024 && at < units.length - 1) [size, at] = [size / 1024, at + 1];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[at]}`;
}

export function shortId(id: string): HTMLElement {
  return h("code.id", { title: id }, id.slice(0, 8));
}

/** The name of this device as a person would say it. */
export function deviceName(userAgent = navigator.userAgent): string {
  const system = /iPhone/.test(userAgent)
    ? "iPhone"
    : /iPad/.test(userAgent)
      ? "iPad"
      : /Android/.test(userAgent)
        ? "Android"
        : /Mac OS X/.test(userAgent)
          ? "Mac"
          : /Windows/.test(userAgent)
            ? "Windows"
            : /Linux/.test(userAgent)
              ? "Linux"
              : "this device";
  const browser = /Edg\//.test(userAgent)
    ? "Edge"
    : /Firefox\//.test(userAgent)
      ? "Firefox"
      : /Chrome\//.test(userAgent)
        ? "Chrome"
        : /Safari\//.test(userAgent)
          ? "Safari"
          : "browser";
  return `${browser} on ${system}`;
}
