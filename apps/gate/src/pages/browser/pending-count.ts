/** The number beside "Holds": on every page, so that nobody has to look for what waits. */
import type { Me } from "../wire.ts";
import { get } from "./api.ts";
import { follow } from "./live.ts";

export function setCount(pending: number): void {
  const badge = document.getElementById("pending-count");
  if (badge === null) return;
  badge.hidden = pending === 0;
  badge.textContent = pending > 99 ? "99+" : String(pending);
  badge.setAttribute("aria-label", `${pending} waiting`);
}

/** Asks once, and again after every change; the pages that list holds set it themselves. */
export function refreshCount(): void {
  const page = document.body.dataset["page"];
  if (page === "holds" || page === "hold") return;
  const look = (): void => {
    get<Me>("/api/me").then(
      (me) => setCount(me.pending),
      () => setCount(0), // Without a number nothing is claimed; the page itself says what failed.
    );
  };
  look();
  follow(["gate.holds"], look);
}

/** Asks once, for a page that follows the holds itself. */
export function refreshCountOnce(): void {
  get<Me>("/api/me").then(
    (me) => setCount(me.pending),
    () => setCount(0),
  );
}
