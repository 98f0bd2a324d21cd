import { expect, test } from "vitest";
import { visibleText } from "./visible-text.ts";

test("what would not be seen is written out", () => {
  expect(visibleText("if (admin\u202E) {\u2066")).toBe("if (admin⟨U+202E⟩) {⟨U+2066⟩");
  expect(visibleText("a\u200Bb\u001b[31m")).toBe("a⟨U+200B⟩b⟨ESC⟩[31m");
});

test("line breaks, tabs and emoji stay as they are", () => {
  const text = "a\n\tb ⚠️ 👩‍💻 über 19\u00a0%";
  expect(visibleText(text)).toBe(text);
});
