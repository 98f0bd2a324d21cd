/** Which workstations may use a resource: every one, now and later, or those that are ticked. */
import { fill, h } from "./dom.ts";

export interface WorkstationChoice {
  row: HTMLElement;
  value(): "*" | string[];
  check(): boolean;
}

export function workstationChoice(
  workstations: { id: string; name: string }[],
  chosen: "*" | string[],
): WorkstationChoice {
  const all = h("input", { type: "radio", name: "workstations", value: "*", checked: chosen === "*" });
  const some = h("input", { type: "radio", name: "workstations", value: "some", checked: chosen !== "*" });
  const known =
    chosen === "*"
      ? workstations
      : [
          ...workstations,
          ...chosen
            .filter((id) => !workstations.some((each) => each.id === id))
            .map((id) => ({ id, name: id })),
        ];
  const boxes = known.map((each) =>
    h("input", { type: "checkbox", value: each.id, checked: chosen !== "*" && chosen.includes(each.id) }),
  );
  const problem = h("p.problem", { role: "alert" });
  for (const box of boxes) box.addEventListener("change", () => (some.checked = true));
  const row = h(
    "fieldset.field",
    {},
    h("legend", {}, "For which workstations"),
    h(
      "div.choices",
      {},
      h(
        "label.choice",
        {},
        all,
        h(
          "span",
          {},
          h("b", {}, "Every workstation"),
          h("span.hint", {}, "Those that exist and those to come."),
        ),
      ),
      known.length > 0 && h("label.choice", {}, some, h("span", {}, h("b", {}, "Only these"))),
    ),
    known.length > 0 &&
      h(
        "div.ticks",
        {},
        known.map((each, at) => h("label.tick", {}, boxes[at], h("span", {}, each.name))),
      ),
    problem,
  );
  const value = (): "*" | string[] =>
    all.checked ? "*" : boxes.filter((box) => box.checked).map((box) => box.value);
  return {
    row,
    value,
    check: () => {
      const empty = value().length === 0;
      fill(problem, empty ? "Tick at least one workstation, or choose every one." : null);
      return !empty;
    },
  };
}
