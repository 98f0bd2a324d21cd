/** The whole of a held request: where it goes and every field of its body, texts as they are, with nothing hidden in them. */
import type { HttpRequestAction } from "@nightgate/shared/actions";
import { type Child, fill, h } from "./dom.ts";
import { visible } from "./words.ts";

export function drawRequest(place: HTMLElement, action: HttpRequestAction): void {
  const fields = Object.entries(JSON.parse(action.body) as Record<string, unknown>);
  fill(
    place,
    h("h2.section", { id: "whole" }, "All of it"),
    h("p.request-line", {}, h("b", {}, action.method), " ", h("code", {}, visible(action.url))),
    fields.length === 0
      ? h("p.hint", {}, "It has no body.")
      : h(
          "dl.request-fields",
          {},
          fields.flatMap(([name, value]) => [h("dt", {}, visible(name)), h("dd", {}, drawValue(value))]),
        ),
    h(
      "p.hint",
      {},
      "Sent with ",
      action.headers.map(([name, value], at) => [
        at > 0 && ", ",
        h("code", {}, visible(`${name}: ${value}`)),
      ]),
      ", and the repository's credential.",
    ),
  );
}

function drawValue(value: unknown): Child {
  if (typeof value !== "string")
    return h("pre.request-text", {}, visible(JSON.stringify(value, null, 2), "\n"));
  return value.includes("\n")
    ? h("pre.request-text", { tabindex: 0 }, visible(value, "\n\t"))
    : h("span", {}, value === "" ? h("i", {}, "empty") : visible(value));
}
