import fc from "fast-check";
import { expect, test } from "vitest";
import { lineDiff } from "./line-diff.ts";

test("a changed line is a removal and an addition, with context around it", () => {
  const before = "a\nb\nc\nd\ne\nf\ng\nh\n";
  const { lines, added, removed } = lineDiff(before, before.replace("e", "E"), 100);
  expect(lines.map((line) => line.mark + line.text)).toEqual([
    "~",
    " b",
    " c",
    " d",
    "-e",
    "+E",
    " f",
    " g",
    " h",
  ]);
  expect({ added, removed }).toEqual({ added: 1, removed: 1 });
});

test("a new file is additions alone, and a cut one says so", () => {
  const diff = lineDiff("", "1\n2\n3\n", 2);
  expect(diff).toEqual({
    lines: [
      { mark: "+", text: "1" },
      { mark: "+", text: "2" },
    ],
    added: 3,
    removed: 0,
    cut: true,
  });
});

test("the kept and removed lines are the old text's, the kept and added ones the new text's", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const { lines } = lineDiff(
        a.map((line) => `${line}\n`).join(""),
        b.map((line) => `${line}\n`).join(""),
        1_000,
      );
      const whole = !lines.some((line) => line.mark === "~");
      if (!whole) return;
      expect(lines.filter((line) => line.mark !== "+").map((line) => line.text)).toEqual(
        lines.length === 0 ? [] : a,
      );
      expect(lines.filter((line) => line.mark !== "-").map((line) => line.text)).toEqual(
        lines.length === 0 ? [] : b,
      );
    }),
  );
});
