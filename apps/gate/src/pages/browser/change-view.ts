/** The whole of one of the gate's own changes: a readable difference of what was and what will be. */
import type { PolicyChangeAction } from "@nightgate/shared/actions";
import type { DifferenceLine, HoldDetail } from "../wire.ts";
import { type Child, fill, h, icon } from "./dom.ts";
import { plural, rehearsalBadge, visible } from "./words.ts";

const SIGNS = {
  added: ["+", "new"],
  removed: ["−", "removed"],
  changed: ["~", "changed"],
  kept: ["=", "stays"],
} as const;

export function drawChanges(place: HTMLElement, hold: HoldDetail): void {
  const lines = hold.changes ?? [];
  const kept = lines.filter((line) => line.sign === "kept");
  const moved = lines.filter((line) => line.sign !== "kept");
  const { action } = hold;
  fill(
    place,
    h("h2.section", { id: "whole" }, "All of it"),
    action.kind === "policy.change" ? h("p.hint", {}, versionWords(action)) : null,
    h("ul.changes", {}, moved.map(drawLine)),
    kept.length > 0 &&
      h(
        "details.kept",
        { open: moved.length === 0 },
        h(
          "summary",
          {},
          icon("chevron"),
          `${plural(kept.length, "entry").replace("entrys", "entries")} stay as they are`,
        ),
        h("ul.changes", {}, kept.map(drawLine)),
      ),
  );
}

function versionWords(action: PolicyChangeAction): string {
  const { quorum: needed } = action.document;
  const quorum =
    needed === 1 ? "One approval is enough from then on." : `${needed} approvers must sign from then on.`;
  return action.from === 0
    ? `This founds the organization with version ${action.to} of its policy. ${quorum}`
    : `The policy goes from version ${action.from} to version ${action.to}. ${quorum}`;
}

function drawLine(line: DifferenceLine): HTMLElement {
  const [sign, word] = SIGNS[line.sign];
  return h(
    "li.change",
    { class: line.sign },
    h("span.change-sign", { "aria-hidden": "true" }, sign),
    h(
      "div.change-body",
      {},
      h(
        "p.change-head",
        {},
        h("span.change-what", {}, line.what),
        " ",
        h("b", {}, visible(line.name)),
        h("span.change-word", {}, word),
        line.rehearsal && rehearsalBadge(),
      ),
      h(
        "dl.change-fields",
        {},
        line.fields.map((each) => h("div", {}, h("dt", {}, each.label), h("dd", {}, values(each)))),
      ),
    ),
  );
}

function values(each: DifferenceLine["fields"][number]): Child {
  if (each.before === undefined) return visible(each.value);
  return [
    each.before === "" ? null : h("del", {}, visible(each.before)),
    each.value === "" ? null : h("ins", {}, visible(each.value)),
  ];
}
