/** Values that somebody hopes are taken for one another: what is signed must be what was read, and nothing that merely looks or sorts like it (attack L7). */
import { describe, expect, test } from "vitest";
import { canonicalJson, jcsDigest } from "./jcs.ts";

/** As it comes from the wire: JSON.parse makes a name like `__proto__` an ordinary one, which a literal would not. */
const parsed = (text: string): unknown => JSON.parse(text);

describe("L7: two values that look alike have two digests", () => {
  test.each([
    ["a composed and a decomposed letter", '"\\u00e9"', '"e\\u0301"'],
    ["a letter and its Cyrillic double", '"a"', '"\\u0430"'],
    ["a number and its text", "1", '"1"'],
    ["null, nothing and an empty text", '{"a":null}', "{}"],
    ["an empty list and an empty object", "[]", "{}"],
    ["a list in another order", "[1,2]", "[2,1]"],
    ["the next number that there is", "0.1", "0.10000000000000002"],
    ["the last two exact integers", "9007199254740991", "9007199254740990"],
    ["with and without what JavaScript hides", '{"__proto__":{"verdict":"approve"}}', "{}"],
    ["under another prototype's name", '{"constructor":1}', '{"toString":1}'],
    ["with a direction mark in a name", '{"verdict":1}', '{"verdict\\u200b":1}'],
    ["nested one deeper", '{"a":{"b":1}}', '{"a":{"b":{"b":1}}}'],
  ])("%s", (_what, one, other) => {
    expect(jcsDigest(parsed(one))).not.toBe(jcsDigest(parsed(other)));
    expect(parsed(canonicalJson(parsed(one)))).toEqual(parsed(one));
  });
});

describe("L7: one value has one text, however it was written", () => {
  test.each([
    ["a number's zeros and exponents", "[1.0,1e2,100e-2,0.5e1,1E+2]", "[1,100,1,5,100]"],
    [
      "very small ones (RFC 8785, appendix B)",
      "[5e-324,1e-7,0.00001,1e-06]",
      "[5e-324,1e-7,0.00001,0.000001]",
    ],
    ["escapes", '"\\u0041\\/\\u000a"', '"A/\\n"'],
    ["names that are numbers, as texts", '{"10":1,"9":2,"1":3}', '{"1":3,"10":1,"9":2}'],
    ["blanks and order", ' { "b" : [ ] , "a" : { } } ', '{"a":{},"b":[]}'],
    ["a name of JavaScript's own, kept as any other", '{"a":1,"__proto__":2}', '{"__proto__":2,"a":1}'],
  ])("%s", (_what, written, canonical) => {
    expect(canonicalJson(parsed(written))).toBe(canonical);
  });
});

test.each(["9007199254740993", "1e400", "-0", "-0.0", "[1e16]", '{"a":9007199254740992}'])(
  "L7: a number that was rounded on its way is refused, not signed as another: %s",
  (text) => {
    expect(() => canonicalJson(parsed(text))).toThrow(/no exact form/);
  },
);
