/** After a signature: back to where the person came from, if that is the gate itself or web (checked by the server), and only once it is in force. */
import type { HoldDetail } from "../wire.ts";
import { post } from "./api.ts";
import { append, byId, h, icon } from "./dom.ts";
import { webFlow } from "./sign-in-page.ts";

const READ_MS = 1200;
let led = false;

export function leadOnAfter(hold: HoldDetail): void {
  const flow = webFlow();
  const back = document.body.dataset["return"];
  if (led || hold.state !== "released" || (flow.state === undefined && back === undefined)) return;
  led = true;
  const go = (): void => void leave(flow, back ?? "/holds");
  append(byId("content"), [
    h(
      "p.lead-on",
      {},
      h("button.button.primary", { type: "button", click: go }, "Continue", icon("forward")),
    ),
  ]);
  window.setTimeout(go, READ_MS);
}

async function leave(flow: ReturnType<typeof webFlow>, back: string): Promise<void> {
  if (flow.state === undefined) return window.location.assign(back);
  try {
    const { next } = await post<{ next: string }>("/api/sign-in/continue", flow);
    window.location.assign(next);
  } catch (error) {
    console.warn("The way back to web did not open; signing in does it too.", error);
    window.location.assign("/sign-in");
  }
}
