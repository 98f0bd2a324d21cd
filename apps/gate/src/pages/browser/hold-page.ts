/**
 * One hold: what will happen, who asks and why, what is unusual, the whole of it, and then the decision. In this order, always.
 * The page is drawn from the gate's own store; it is true while it is open.
 */
import type { HoldDetail } from "../wire.ts";
import { get } from "./api.ts";
import { checkLog } from "./checkpoint-memory.ts";
import { decision } from "./decision.ts";
import { announce, fill, h } from "./dom.ts";
import { outcomeOf } from "./hold-outcome.ts";
import { allowMore, asked, exactAction, headline, timeline, together, unusual } from "./hold-parts.ts";
import { drawWhole } from "./hold-whole.ts";
import { follow } from "./live.ts";
import { load, show } from "./notices.ts";
import { refreshCountOnce } from "./pending-count.ts";
import { undrawnItems } from "./undrawn.ts";
import { STATE_WORDS } from "./words.ts";

export async function holdPage(): Promise<void> {
  const id = document.body.dataset["hold"] ?? "";
  const address = `/api/holds/${encodeURIComponent(id)}`;
  const head = h("div");
  const outcome = h("div", { "aria-live": "polite" });
  const history = h("div");
  let shown: HoldDetail | null = null;
  let decide: ReturnType<typeof decision> | null = null;

  const refresh = (hold: HoldDetail): void => {
    if (shown !== null && shown.state !== hold.state) {
      announce(STATE_WORDS[hold.state].word);
      // Invariant 11: whoever decided keeps a checkpoint with the decision in it, so that no log without it is believed later.
      void checkLog(hold.organization).then((warning) => warning && head.before(warning), couldNotLook);
    }
    shown = hold;
    fill(head, headline(hold));
    fill(outcome, outcomeOf(hold));
    fill(history, timeline(hold), allowMore(hold));
    decide?.update(hold);
    refreshCountOnce();
  };
  const first = async (): Promise<void> => {
    const hold = await get<HoldDetail>(address);
    const ticks = undrawnItems(hold, () => decide?.ticksChanged());
    decide = decision(hold, ticks, (changed) => refresh(changed));
    const whole = h("section.whole", { "aria-labelledby": "whole" });
    show(
      h(
        "div.hold",
        {},
        h(
          "article.hold-main",
          {},
          head,
          outcome,
          together(hold),
          asked(hold),
          unusual(hold),
          ticks.element,
          whole,
          exactAction(hold),
          history,
        ),
        decide.element,
      ),
    );
    refresh(hold);
    // Approve stays shut until the last line of the action is on the page (invariant 3).
    await drawWhole(whole, hold, (words) => decide?.progress(words));
    const warning = hold.state === "pending" ? await checkLog(hold.organization) : null;
    if (warning === null) decide.wholeIsShown();
    else {
      head.before(warning);
      decide.progress("The log contradicts what this browser has seen.");
    }
  };
  await load(first);
  const lookAgain = async (): Promise<void> => {
    if (shown === null) return await load(first);
    refresh(await get<HoldDetail>(address));
  };
  follow(["gate.holds"], () => {
    lookAgain().catch(couldNotLook);
  });
}

function couldNotLook(error: unknown): void {
  console.warn("The hold could not be looked at again; the next announcement tries anew.", error);
}
