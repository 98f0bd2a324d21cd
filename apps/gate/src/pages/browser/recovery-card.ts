/** The recovery code: made with a signature, shown once, to be printed and kept where the phone is not. */
import { post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { busy } from "./notices.ts";
import { usePasskey } from "./passkey.ts";
import { time } from "./words.ts";

export function recoveryCard(since: string | null, look: () => Promise<void>): HTMLElement {
  const place = h("div", { "aria-live": "polite" });
  const problems = h("div", { "aria-live": "assertive" });
  const make = h(
    "button.button",
    { type: "button" },
    icon("file"),
    since === null ? "Make a recovery code" : "Make another code",
  );
  make.addEventListener("click", () => {
    void busy(make, problems, async () => {
      const answer = await usePasskey(await post<unknown>("/api/recovery/code/begin", {}));
      const { code } = await post<{ code: string }>("/api/recovery/code/finish", { answer });
      drawCode(place, code, look);
      make.remove();
    });
  });
  return h(
    "section.card",
    { "aria-labelledby": "recovery" },
    h("h2", { id: "recovery" }, "If you lose them all"),
    h(
      "p.hint",
      {},
      "Another approver can let you in again at once. Or print a code: with it a new passkey comes in after 24 hours, and until then your devices and the approvers are told and can stop it.",
    ),
    since === null
      ? h("p", {}, "You have no recovery code.")
      : h("p", {}, "You have a code, made ", time(since), ". Another one makes it void."),
    place,
    h("div.actions", {}, make),
    problems,
  );
}

function drawCode(place: HTMLElement, code: string, look: () => Promise<void>): void {
  place.replaceChildren(
    h("p", {}, h("b", {}, "Write it down or print it now. It is not shown again.")),
    h("p", {}, h("code.recovery-code", {}, code)),
    h(
      "div.actions",
      {},
      h("button.button", { type: "button", click: () => window.print() }, icon("file"), "Print"),
      h("button.button.primary", { type: "button", click: () => void look() }, "I have it"),
    ),
  );
}
