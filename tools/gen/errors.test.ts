import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { page, renderErrors } from "./errors.mjs";

test("docs/errors.md has every code (node tools/gen/errors.mjs makes it anew)", () => {
  expect(renderErrors()).toBe(readFileSync(page, "utf8"));
});
