// The colours that stand on each other, in both schemes: WCAG 2.2 AA contrast (success criterion 1.4.3), measured and not believed.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../styles/tokens.css", import.meta.url), "utf8");
const [lightPart = "", darkPart = ""] = css.split("@media (prefers-color-scheme: dark)");
const light = readColours(lightPart);
const dark = { ...light, ...readColours(darkPart) };

const GROUNDS = ["ground", "surface", "raised", "sunken"];
const PAIRS: [string, string][] = [
  ...GROUNDS.flatMap((ground): [string, string][] =>
    ["text", "muted", "faint", "accent-text"].map((text) => [text, ground]),
  ),
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
  ["on-bad", "bad"],
  ["on-bad", "bad-hover"],
  ["accent-text", "accent-ground"],
  ["good", "good-ground"],
  ["warn", "warn-ground"],
  ["bad", "bad-ground"],
  ["wait", "wait-ground"],
  ["text", "hover"],
  ["text", "added-ground"],
  ["text", "removed-ground"],
  ["added-mark", "added-ground"],
  ["removed-mark", "removed-ground"],
  ["muted", "hunk-ground"],
  ["good", "surface"],
  ["warn", "surface"],
  ["bad", "surface"],
];

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("%s", (_scheme, colours) => {
  test.each(PAIRS)("%s on %s", (text, ground) => {
    expect(contrast(colours[text] ?? "", colours[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});

function readColours(part: string): Record<string, string> {
  return Object.fromEntries(
    [...part.matchAll(/--ng-([a-z-]+): (#[0-9a-f]{6});/g)].map((found): [string, string] => [
      found[1] ?? "",
      found[2] ?? "",
    ]),
  );
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const parts = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (parts[0] ?? 0) + 0.7152 * (parts[1] ?? 0) + 0.0722 * (parts[2] ?? 0);
}
