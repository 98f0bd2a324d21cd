/** The elements of the decision: two buttons, and the words that go with a no. What they do is in decision.ts. */
import { h, icon } from "./dom.ts";

const WORDS_MAX = 4000;

export interface DecisionParts {
  element: HTMLElement;
  status: HTMLElement;
  problems: HTMLElement;
  approve: HTMLButtonElement;
  reject: HTMLButtonElement;
  words: HTMLTextAreaElement;
  send: HTMLButtonElement;
}

/** `own`: one of the gate's own changes, which is signed or discarded; otherwise an agent's, which is approved or rejected with words for it. */
export function decisionParts(own: boolean, pending: boolean): DecisionParts {
  const status = h("p.decide-status", { id: "decide-status", role: "status" }, "Loading all of it");
  const problems = h("div", { role: "alert" });
  const approve = h(
    "button.button.primary.approve",
    { type: "button", disabled: true, "aria-describedby": "decide-status" },
    icon("passkey"),
    own ? "Sign" : "Approve",
  );
  const reject = h("button.button.reject", { type: "button" }, own ? "Discard" : "Reject");
  const buttons = h("div.decide-buttons", {}, reject, approve);
  const words = h("textarea", {
    id: "reject-words",
    rows: 3,
    maxlength: WORDS_MAX,
    placeholder: own ? "" : "For example: not the lockfile; run the tests first.",
  });
  const send = h(
    "button.button.danger",
    { type: "button" },
    icon("passkey"),
    own ? "Discard with passkey" : "Reject with passkey",
  );
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
  const turn = (open: boolean): void => {
    rejecting.hidden = !open;
    buttons.hidden = open;
    (open ? words : reject).focus();
  };
  reject.addEventListener("click", () => turn(true));
  back.addEventListener("click", () => turn(false));
  const element = h(
    "aside.decide",
    { "aria-label": "Your decision", hidden: !pending },
    h("div.decide-inner", {}, status, problems, buttons, rejecting),
  );
  return { element, status, problems, approve, reject, words, send };
}
