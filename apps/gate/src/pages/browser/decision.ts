/**
 * Approve and Reject. Approve never has the focus by itself, has no key, and opens only after the whole action is on the page, all ticks are set,
 * and the page has been in view for a moment, so that nobody's tap meant for something else lands on it (attacks W9 and W18).
 */
import type { VerdictDocument } from "@nightgate/shared/actions";
import type { HoldDetail } from "../wire.ts";
import { get, post, wordsOf } from "./api.ts";
import { fill, h, icon } from "./dom.ts";
import { leadOnAfter } from "./lead-on.ts";
import { PasskeyStopped, usePasskey } from "./passkey.ts";
import type { Ticks } from "./undrawn.ts";
import { plural } from "./words.ts";

const MOMENT_MS = 700;
const WORDS_MAX = 4000;

export interface DecisionBar {
  element: HTMLElement;
  update(hold: HoldDetail): void;
  progress(words: string): void;
  wholeIsShown(): void;
  ticksChanged(): void;
}

interface Bar {
  hold: HoldDetail;
  whole: boolean;
  seen: boolean;
  working: boolean;
}

export function decision(first: HoldDetail, ticks: Ticks, changed: (hold: HoldDetail) => void): DecisionBar {
  const bar: Bar = { hold: first, whole: false, seen: false, working: false };
  const own = first.action.kind !== "git.push";
  const status = h("p.decide-status", { id: "decide-status", role: "status" }, "Loading all of it");
  const problems = h("div", { role: "alert" });
  const approve = h(
    "button.button.primary.approve",
    { type: "button", "aria-describedby": "decide-status" },
    icon("passkey"),
    own ? "Sign" : "Approve",
  );
  const reject = h("button.button.reject", { type: "button" }, own ? "Discard" : "Reject");
  const words = h("textarea", {
    id: "reject-words",
    rows: 3,
    maxlength: WORDS_MAX,
    placeholder: "For example: not the lockfile; run the tests first.",
  });
  const send = h("button.button.danger", { type: "button" }, icon("passkey"), "Reject with passkey");
  const back = h("button.button", { type: "button" }, "Back");
  const rejecting = h(
    "div.rejecting",
    { hidden: true },
    h("label", { for: "reject-words" }, own ? "Why (optional)" : "What should the agent do instead?"),
    h(
      "p.hint",
      {},
      own
        ? "Nothing changes. The words are kept with the receipt."
        : "Your words are the agent's next prompt.",
    ),
    words,
    h("div.actions", {}, back, send),
  );
  const buttons = h("div.decide-buttons", {}, reject, approve);
  const element = h(
    "aside.decide",
    { "aria-label": "Your decision", hidden: first.state !== "pending" },
    h("div.decide-inner", {}, status, problems, buttons, rejecting),
  );

  const draw = (): void => {
    const missing = ticks.missing();
    const open = bar.whole && bar.seen && missing === 0 && !bar.working && bar.hold.state === "pending";
    approve.disabled = !open;
    reject.disabled = bar.working;
    send.disabled = bar.working || (!own && words.value.trim() === "");
    if (bar.working) return;
    fill(
      status,
      !bar.whole
        ? status.textContent
        : missing > 0
          ? `${plural(missing, "tick")} left above, for what cannot be drawn`
          : own
            ? "You have all of it before you. Your passkey signs exactly this."
            : "This is all of it. Your passkey approves exactly this.",
    );
  };
  const decide = async (verdict: VerdictDocument): Promise<void> => {
    bar.working = true;
    fill(problems);
    fill(status, "Waiting for your passkey");
    draw();
    try {
      const address = `/api/holds/${bar.hold.id}`;
      const options = await post<unknown>(`${address}/decision/begin`, verdict);
      const answer = await usePasskey(options);
      fill(status, "Checking");
      await post<unknown>(`${address}/decision/finish`, { answer });
      changed(await get<HoldDetail>(address));
    } catch (error) {
      fill(
        problems,
        h(
          "p.problem",
          { class: error instanceof PasskeyStopped ? "mild" : "" },
          icon(error instanceof PasskeyStopped ? "info" : "danger"),
          wordsOf(error),
        ),
      );
    } finally {
      bar.working = false;
      draw();
    }
  };

  approve.addEventListener("click", (event) => {
    // A click that a script made is nobody's gesture.
    if (event.isTrusted && !approve.disabled)
      void decide({ verdict: "approve", words: "", ticked: ticks.ticked() });
  });
  const turn = (open: boolean): void => {
    rejecting.hidden = !open;
    buttons.hidden = open;
    (open ? words : reject).focus();
  };
  reject.addEventListener("click", () => turn(true));
  back.addEventListener("click", () => turn(false));
  words.addEventListener("input", draw);
  send.addEventListener(
    "click",
    () => void decide({ verdict: "reject", words: words.value.trim(), ticked: [] }),
  );
  openAfterAMoment(() => {
    bar.seen = true;
    draw();
  });
  draw();
  return {
    element,
    update: (hold) => {
      bar.hold = hold;
      element.hidden = hold.state !== "pending";
      draw();
      leadOnAfter(hold);
    },
    progress: (progressWords) => fill(status, progressWords),
    wholeIsShown: () => {
      bar.whole = true;
      draw();
    },
    ticksChanged: draw,
  };
}

/** Counts only time in which the page is in view. */
function openAfterAMoment(open: () => void): void {
  let timer = 0;
  const watch = (): void => {
    window.clearTimeout(timer);
    if (document.visibilityState === "visible") timer = window.setTimeout(open, MOMENT_MS);
  };
  document.addEventListener("visibilitychange", watch);
  watch();
}
