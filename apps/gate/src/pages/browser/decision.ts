import type { VerdictDocument } from "@nightgate/shared/actions";
/**
 * Approve and Reject. Approve never has the focus by itself, has no key, and opens only after the whole action is on the page, all ticks are set,
 * and the page has been in view for a moment, so that nobody's tap meant for something else lands on it (attacks W9 and W18).
 */
import { isOutside } from "@nightgate/shared/outside";
import type { HoldDetail } from "../wire.ts";
import { get, post, wordsOf } from "./api.ts";
import { type DecisionParts, decisionParts } from "./decision-parts.ts";
import { fill, h, icon } from "./dom.ts";
import { leadOnAfter } from "./lead-on.ts";
import { PasskeyStopped, usePasskey } from "./passkey.ts";
import type { Ticks } from "./undrawn.ts";
import { plural } from "./words.ts";

const MOMENT_MS = 700;

export interface DecisionBar {
  element: HTMLElement;
  update(hold: HoldDetail): void;
  progress(words: string): void;
  wholeIsShown(): void;
  ticksChanged(): void;
}

interface Bar {
  hold: HoldDetail;
  parts: DecisionParts;
  ticks: Ticks;
  /** One of the gate's own changes: signed, not sent. */
  own: boolean;
  whole: boolean;
  seen: boolean;
  working: boolean;
  changed: (hold: HoldDetail) => void;
}

export function decision(first: HoldDetail, ticks: Ticks, changed: (hold: HoldDetail) => void): DecisionBar {
  const own = !isOutside(first.action);
  const parts = decisionParts(own, first.state === "pending");
  const bar: Bar = { hold: first, parts, ticks, own, whole: false, seen: false, working: false, changed };
  parts.approve.addEventListener("click", (event) => {
    // A click that a script made is nobody's gesture.
    if (event.isTrusted && !parts.approve.disabled)
      void decide(bar, { verdict: "approve", words: "", ticked: ticks.ticked() });
  });
  parts.send.addEventListener(
    "click",
    () => void decide(bar, { verdict: "reject", words: parts.words.value.trim(), ticked: [] }),
  );
  parts.words.addEventListener("input", () => draw(bar));
  openAfterAMoment(() => {
    bar.seen = true;
    draw(bar);
  });
  draw(bar);
  return {
    element: parts.element,
    update: (hold) => {
      bar.hold = hold;
      parts.element.hidden = hold.state !== "pending";
      draw(bar);
      leadOnAfter(hold);
    },
    progress: (words) => fill(parts.status, words),
    wholeIsShown: () => {
      bar.whole = true;
      draw(bar);
    },
    ticksChanged: () => draw(bar),
  };
}

function draw(bar: Bar): void {
  const { approve, reject, send, status, words } = bar.parts;
  const missing = bar.ticks.missing();
  approve.disabled = !(
    bar.whole &&
    bar.seen &&
    missing === 0 &&
    !bar.working &&
    !bar.hold.approvals.you &&
    bar.hold.state === "pending"
  );
  reject.disabled = bar.working || bar.hold.approvals.you;
  send.disabled = bar.working || (!bar.own && words.value.trim() === "");
  if (!bar.working && bar.whole) fill(status, readyWords(bar, missing));
}

function readyWords(bar: Bar, missing: number): string {
  const { needed, by, you } = bar.hold.approvals;
  if (you) return `You have signed. It waits for ${plural(needed - by.length, "more approver")}.`;
  if (needed > by.length + 1)
    return `${needed} approvers must sign, ${by.length} did so far. Your passkey counts for exactly this.`;
  if (by.length > 0 && missing === 0)
    return `${by.map(({ name }) => name).join(" and ")} signed. With your passkey it has all ${needed} signatures.`;
  if (missing > 0) return `${plural(missing, "tick")} left above, for what cannot be drawn`;
  return bar.own
    ? "You have all of it before you. Your passkey signs exactly this."
    : "This is all of it. Your passkey approves exactly this.";
}

async function decide(bar: Bar, verdict: VerdictDocument): Promise<void> {
  const { status, problems } = bar.parts;
  const address = `/api/holds/${bar.hold.id}`;
  bar.working = true;
  fill(problems);
  fill(status, "Waiting for your passkey");
  draw(bar);
  try {
    const options = await post<unknown>(`${address}/decision/begin`, verdict);
    const answer = await usePasskey(options);
    fill(status, "Checking");
    await post<unknown>(`${address}/decision/finish`, { answer });
    bar.changed(await get<HoldDetail>(address));
  } catch (error) {
    const stopped = error instanceof PasskeyStopped;
    fill(
      problems,
      h("p.problem", { class: stopped ? "mild" : "" }, icon(stopped ? "info" : "danger"), wordsOf(error)),
    );
  } finally {
    bar.working = false;
    draw(bar);
  }
}

/** Counts only time in which the page is in view. */
export function openAfterAMoment(open: () => void): void {
  let timer = 0;
  const watch = (): void => {
    window.clearTimeout(timer);
    if (document.visibilityState === "visible") timer = window.setTimeout(open, MOMENT_MS);
  };
  document.addEventListener("visibilitychange", watch);
  watch();
}
