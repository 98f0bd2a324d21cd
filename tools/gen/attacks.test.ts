import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { attacks, idsTried, page, renderAttacks, triedBy } from "./attacks.mjs";

const tests = triedBy();

test("docs/attacks.md is what the tests say (node tools/gen/attacks.mjs makes it anew)", () => {
  expect(renderAttacks(tests)).toBe(readFileSync(page, "utf8"));
});

test("every attack is tried by a test, or says why not", () => {
  const neither = attacks.filter(({ id, residual }) => !tests.has(id) && residual === undefined);
  expect(neither.map(({ id, sentence }) => `${id}: ${sentence}`)).toEqual([]);
  expect(new Set(attacks.map(({ id }) => id)).size).toBe(attacks.length);
});

test("an id counts in a test's name, its table and the groups around it, and nowhere else", () => {
  const source = `
    // G1 in a comment
    describe("G2, invariant 1", () => {
      test.each([["G3", "x"]])("%s: %s", () => expect("G4").toBe(\`G5\`));
      test.skipIf(false)(\`G7: \${name}\`, () => undefined);
      it("refused (attacks G9 and G10)", async () => undefined);
    });
    lookUp("G11");
  `;
  expect(idsTried(source)).toEqual(new Set(["G2", "G3", "G7", "G9", "G10"]));
});
