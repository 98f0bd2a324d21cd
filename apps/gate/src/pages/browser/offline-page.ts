/** What the service worker shows when the gate cannot be reached. */
import { h, icon } from "./dom.ts";
import { show } from "./notices.ts";

export function offlinePage(): void {
  show(
    h(
      "p.lead",
      {},
      "Nothing can be decided from here until it answers. Holds wait: nothing is sent and nothing is lost.",
    ),
    h(
      "p.door-actions",
      {},
      h(
        "button.button.primary",
        { type: "button", click: () => window.location.reload() },
        icon("refresh"),
        "Try again",
      ),
    ),
  );
  window.addEventListener("online", () => window.location.reload());
}
