/** What became of a hold, in the words that a person needs: arrived, failed, replaced, rejected; and what can be done next. */
import { isOutside } from "@nightgate/shared/outside";
import type { HoldDetail } from "../wire.ts";
import { post } from "./api.ts";
import { type Child, h, icon } from "./dom.ts";
import { busy, notice } from "./notices.ts";
import { visible } from "./words.ts";

export function outcomeOf(hold: HoldDetail): Child {
  const said = hold.outcome?.words ?? hold.words;
  const words = said === "" ? null : h("p.outcome-words", {}, visible(said, "\n"));
  switch (hold.state) {
    case "pending":
      return null;
    case "approved":
    case "releasing":
      return notice(
        "wait",
        "clock",
        h(
          "p",
          {},
          h("b", {}, "Approved."),
          hold.state === "approved" && hold.after !== null && hold.after.state !== "released"
            ? [
                " It goes out when ",
                h("a", { href: `/holds/${hold.after.id}` }, hold.after.id),
                " has arrived.",
              ]
            : " It is on its way; this page says when it has arrived.",
        ),
      );
    case "released":
      return notice(
        "good",
        "good",
        h(
          "p",
          {},
          h("b", {}, isOutside(hold.action) ? "Done: exactly this has arrived." : "Signed, and in force."),
        ),
        words,
      );
    case "failed":
      return notice("bad", "bad", h("p", {}, h("b", {}, "Approved, and it did not arrive.")), words);
    case "unknown":
      return unknownOutcome(hold, words);
    case "rejected":
      return rejectedOutcome(hold, said);
    case "expired":
      return notice(
        "quiet",
        "clock",
        h("p", {}, h("b", {}, "Nobody answered in time."), " Nothing was sent. The agent can ask anew."),
      );
    case "superseded":
      return replacedOutcome(hold);
    case "withdrawn":
      return notice("quiet", "cross", h("p", {}, h("b", {}, "Withdrawn."), " Nothing was sent."), words);
    default:
      return hold.state satisfies never;
  }
}

function rejectedOutcome(hold: HoldDetail, said: string): HTMLElement {
  const by = hold.decidedBy === null ? null : [" by ", visible(hold.decidedBy)];
  return notice(
    "bad",
    "cross",
    h("p", {}, h("b", {}, "Rejected"), by, ". Nothing was sent."),
    said === "" ? null : h("blockquote.outcome-words", {}, visible(said, "\n")),
  );
}

function replacedOutcome({ successor }: HoldDetail): HTMLElement {
  return notice(
    "warn",
    "replace",
    h(
      "p",
      {},
      h("b", {}, "Replaced by a newer push"),
      ", which has everything of this one. This one can no longer be decided.",
    ),
    successor !== null &&
      h("a.button.primary", { href: `/holds/${successor}` }, `Go to ${successor}`, icon("forward")),
  );
}

/** The gate will not guess and will not send twice: a person looks at the upstream and says how it ended, with a signature. */
function unknownOutcome(hold: HoldDetail, words: Child): HTMLElement {
  const problems = h("div");
  const settle = (label: string, outcome: "released" | "failed"): HTMLElement => {
    const button = h("button.button.small", { type: "button" }, label);
    button.addEventListener("click", () => {
      void busy(button, problems, async () => {
        const { hold: opened } = await post<{ hold: string }>(`/api/holds/${hold.id}/settle`, { outcome });
        window.location.assign(`/holds/${opened}`);
      });
    });
    return button;
  };
  return notice(
    "warn",
    "help",
    h(
      "p",
      {},
      h("b", {}, "Nobody can say if it arrived."),
      " The gate was interrupted in the middle and sends nothing twice. Look at the upstream, then record what you found; you sign it on the next page.",
    ),
    words,
    h("div.actions", {}, settle("It arrived", "released"), settle("It did not arrive", "failed")),
    problems,
  );
}
