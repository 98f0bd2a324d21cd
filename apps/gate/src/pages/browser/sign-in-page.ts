import type { Me } from "../wire.ts";
/** Sign in with a passkey, then on to where the person wanted to go: the gate itself, or web with a single-use code. */
import { get, post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { busy, notice, show } from "./notices.ts";
import { PasskeyStopped, passkeysWork, usePasskey } from "./passkey.ts";

/** web's part of the address, if web sent the browser here. */
export function webFlow(): { state?: string; challenge?: string } {
  const { state, challenge } = document.body.dataset;
  return state !== undefined && challenge !== undefined ? { state, challenge } : {};
}

function leadOn(next: string): void {
  const back = document.body.dataset["return"];
  window.location.assign(back !== undefined && next === "/holds" ? back : next);
}

export function signInPage(): void {
  const { known } = document.body.dataset;
  const forWeb = webFlow().state !== undefined;
  if (!passkeysWork())
    return show(
      notice(
        "bad",
        "danger",
        h(
          "p",
          {},
          "This browser cannot use passkeys at this address. Open the gate over https, or at its localhost name.",
        ),
      ),
    );
  const problems = h("div", { "aria-live": "assertive" });
  const signIn = h(
    "button.button.primary.wide",
    { type: "button" },
    icon("passkey"),
    "Sign in with a passkey",
  );
  signIn.addEventListener("click", () => {
    void busy(signIn, problems, async () => {
      const options = await post<unknown>("/api/sign-in/begin", {});
      const answer = await usePasskey(options).catch((error: unknown) => {
        if (error instanceof PasskeyStopped)
          throw new PasskeyStopped(
            "No passkey was used. If this device has none for this gate, enrol first or use a device that has one.",
          );
        throw error;
      });
      const { next } = await post<{ next: string }>("/api/sign-in/finish", { answer, ...webFlow() });
      leadOn(next);
    });
  });
  const rest = window.location.search;
  show(
    forWeb && h("p.lead", {}, "Your passkey lives here, at the gate. Then you go back to Nightgate."),
    known !== undefined && known !== "" ? knownPerson(known, problems) : null,
    h("div.door-actions", {}, signIn),
    problems,
    h(
      "p.door-foot",
      {},
      "First time here? ",
      h("a", { href: `/enrol${rest}` }, "Enrol with the one-time code"),
      " that the gate's host printed. Lost your passkeys? ",
      h("a", { href: "/recover" }, "Recover"),
      ".",
    ),
  );
}

/** Somebody with a session here needs no second touch to get back to web. */
function knownPerson(name: string, problems: HTMLElement): HTMLElement {
  const on = h("button.button.wide", { type: "button" }, `Continue as ${name}`, icon("forward"));
  on.addEventListener("click", () => {
    void busy(on, problems, async () => {
      const { next } = await post<{ next: string }>("/api/sign-in/continue", webFlow());
      leadOn(next);
    });
  });
  void get<Me>("/api/me").catch(() => on.remove());
  return h("div.door-actions", {}, on);
}
