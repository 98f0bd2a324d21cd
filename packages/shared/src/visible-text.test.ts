// Nobody may be shown something else than what is there: the characters that hide or reorder text, and the ones that must stay readable.
import { expect, test } from "vitest";
import { visibleParts, visibleText } from "./visible-text.ts";

test("bidirectional overrides, zero-width and tag characters become escapes", () => {
  expect(visibleText("main\u202Egpj.exe")).toBe("main⟨U+202E⟩gpj.exe");
  expect(visibleText("a\u200Bb\u2066c\uFEFFd\u{E0041}e\u00adf")).toBe(
    "a⟨U+200B⟩b⟨U+2066⟩c⟨U+FEFF⟩d⟨U+E0041⟩e⟨U+00AD⟩f",
  );
});

test("control characters, terminal escapes and lone surrogates become escapes", () => {
  expect(visibleText("ok\r\u001b[2Jrm\0\ud800")).toBe("ok⟨CR⟩⟨ESC⟩[2Jrm⟨NUL⟩⟨U+D800⟩");
});

test("spaces that are no space, and fillers that draw nothing, become escapes", () => {
  expect(visibleText("a\u00a0b\u3164c\u2800d")).toBe("a⟨U+00A0⟩b⟨U+3164⟩c⟨U+2800⟩d");
});

test("words in any language and emoji stay as they are", () => {
  const text = "Grüße, мир, 世界, שלום, 🎉 a_b-c/ä.ts";
  expect(visibleText(text)).toBe(text);
});

test("what the caller lays out itself is kept", () => {
  expect(visibleParts("a\tb\nc\r", "\t\n")).toEqual([
    { text: "a\tb\nc", escape: false },
    { text: "CR", escape: true },
  ]);
});
