import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, jcsDigest } from "./jcs.ts";

test("RFC 8785, section 3.2.3: names are sorted by UTF-16 code units", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\u{1f600}": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  const order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"];
  const text = canonicalJson(value);
  expect(order.map((name) => text.indexOf(`${JSON.stringify(name)}:`))).toEqual(
    order.map((name) => text.indexOf(`${JSON.stringify(name)}:`)).toSorted((a, b) => a - b),
  );
});

test("L7: the order of names does not change the digest, and everything else does", () => {
  const json = fc.jsonValue().filter(hasExactForm);
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), json), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed());
      expect(jcsDigest(turned)).toBe(jcsDigest(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  fc.assert(
    fc.property(json, json, (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b) && canonicalJson(a) !== canonicalJson(b));
      expect(jcsDigest(a)).not.toBe(jcsDigest(b));
    }),
  );
});

function hasExactForm(value: unknown): boolean {
  if (typeof value === "number")
    return !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== "object" || value === null) return typeof value !== "string" || value.isWellFormed();
  return Object.entries(value).every(([name, entry]) => name.isWellFormed() && hasExactForm(entry));
}

test.each([
  ["undefined", { a: undefined }],
  ["a hole", [undefined]],
  ["a date", { a: new Date(0) }],
  ["a lone surrogate", { a: "\ud800" }],
  ["a lone surrogate as a name", { "\udc00": 1 }],
  ["not a number", [Number.NaN]],
  ["an integer without an exact form", [2 ** 53]],
  ["minus zero", [-0]],
  ["a function", { a: () => 1 }],
  ["a map", new Map()],
  ["something with its own JSON", { toJSON: () => 1 }],
])("L7: %s is refused instead of being left out", (_what, value) => {
  expect(() => canonicalJson(value)).toThrow(/not valid/);
});
