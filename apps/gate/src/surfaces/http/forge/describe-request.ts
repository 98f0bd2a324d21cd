/** What a person sees of a held request: the card, with the gate's words and the agent's texts as quoted values. Pure. */
import type { HttpRequestAction } from "@nightgate/shared/actions";
import type { Card } from "@nightgate/shared/card";
import { visibleText } from "@nightgate/shared/visible-text";
import type { ForgeWrite } from "./github-pack.ts";

const VALUE_SHOWN_MAX = 200;

export interface DescribedRequest {
  action: HttpRequestAction;
  write: ForgeWrite;
  body: Record<string, unknown>;
  workstationName: string;
  resourceName: string;
  /** The hold that it follows. */
  after: string | null;
}

export function describeRequest(input: DescribedRequest): Card {
  const { action, write, body, after } = input;
  const shown = (key: string): { label: string; value: string }[] =>
    typeof body[key] === "string" && body[key] !== ""
      ? [{ label: LABELS[key] ?? key, value: short(body[key], VALUE_SHOWN_MAX) }]
      : [];
  const workstation = short(input.workstationName, 80);
  const branches =
    write.branch !== null && typeof body["base"] === "string"
      ? `: ${short(write.branch, 100)} → ${short(body["base"], 100)}`
      : "";
  return {
    title: `${workstation} wants to ${write.does} in ${short(input.resourceName, 100)}${branches}`.slice(
      0,
      400,
    ),
    verb: write.verb,
    target: short(input.resourceName, 100),
    facts: [
      { label: "Request", value: `${action.method} ${short(action.url, 600)}` },
      { label: "Workstation", value: workstation },
      ...shown("title"),
      ...shown("head"),
      ...shown("base"),
      ...(after === null ? [] : [{ label: "After", value: `${after} has been released` }]),
    ],
    flags: write.flags,
    undrawn: [],
  };
}

const LABELS: Record<string, string> = { title: "Title", head: "From branch", base: "Into branch" };

function short(text: string, charactersMax: number): string {
  const shown = visibleText(text);
  return shown.length <= charactersMax ? shown : `${shown.slice(0, charactersMax - 1)}…`;
}
