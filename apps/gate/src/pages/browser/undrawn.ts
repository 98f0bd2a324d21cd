/** What cannot be drawn is listed with its size and digest, and ticked one by one; the ticks are part of what is signed (invariant 3). */
import type { HoldDetail } from "../wire.ts";
import { h } from "./dom.ts";
import { bytes, exactName, plural } from "./words.ts";

export interface Ticks {
  element: HTMLElement | null;
  /** How many still lack their tick. */
  missing(): number;
  /** The digests that were ticked, each once. */
  ticked(): string[];
}

export function undrawnItems(hold: HoldDetail, changed: () => void): Ticks {
  const items = hold.card.undrawn;
  if (items.length === 0 || hold.state !== "pending")
    return { element: null, missing: () => 0, ticked: () => [] };
  const boxes = items.map((item) =>
    h("input", { type: "checkbox", value: item.digest, autocomplete: "off", change: changed }),
  );
  const element = h(
    "section",
    { "aria-labelledby": "undrawn" },
    h(
      "h2.section",
      { id: "undrawn" },
      "What cannot be drawn here",
      h("span.section-count", {}, items.length),
    ),
    h(
      "p.hint",
      {},
      `${plural(items.length, "item")} of this cannot be shown as text. Tick each one that you mean to approve unseen; the ticks are signed with it.`,
    ),
    h(
      "ul.undrawn",
      {},
      items.map((item, at) =>
        h(
          "li",
          {},
          h(
            "label",
            {},
            boxes[at],
            h(
              "span",
              {},
              exactName(item.what),
              h(
                "span.undrawn-meta",
                {},
                `${bytes(item.bytes)} · SHA-256 `,
                h("code", { title: item.digest }, item.digest.slice(0, 16)),
              ),
            ),
          ),
        ),
      ),
    ),
  );
  return {
    element,
    missing: () => boxes.filter((box) => !box.checked).length,
    ticked: () => [...new Set(boxes.filter((box) => box.checked).map((box) => box.value))],
  };
}
