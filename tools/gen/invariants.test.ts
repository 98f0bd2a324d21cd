import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { invariantsNamed, renderInvariants } from "./invariants.mjs";

const text = readFileSync(fileURLToPath(new URL("../../docs/invariants.md", import.meta.url)), "utf8");
const sections = text.split(/^## /m).slice(1);

test("the page is what the tags in the sources say (node tools/gen/invariants.mjs makes it anew)", () => {
  expect(renderInvariants(text)).toBe(text);
});

test("there are the twelve", () => {
  expect(sections.map((section) => Number.parseInt(section, 10))).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
  ]);
});

test.each(sections.map((section) => [section.split("\n")[0], section]))(
  "%s is kept by code and attacked by a test",
  (_, section) => {
    const [, kept = "", attacked = ""] = /Kept by:\n([^]*)Attacked by:\n([^]*)/.exec(section) ?? [];
    expect(kept).toContain("- [");
    expect(attacked).toContain("- [");
  },
);

test("numbers are found in the ways that people write them", () => {
  expect([
    ...invariantsNamed("Invariant 4: rows are no proof (invariants 5 and 6, see invariant 11)"),
  ]).toEqual([4, 5, 6, 11]);
});
