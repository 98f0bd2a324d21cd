import fc from "fast-check";
import { expect, test } from "vitest";
import { readAuthority, readHostName } from "./host-name.ts";

/** The name, or null where it is refused. */
function accepted(text: string): string | null {
  try {
    return readHostName(text);
  } catch {
    return null; // The property below is about what is accepted.
  }
}

test("H1, H2, H3: whatever is accepted is read as the same name by the URL parser, in every scheme's eyes", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 6 }),
    fc.constantFrom(
      "127",
      "0x7f",
      "xn--a",
      "example",
      "com",
      "a-b",
      "",
      "ⓛ",
      "\0",
      "%00",
      "@",
      "[",
      "::1",
      "017",
    ),
  );
  const name = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join("."));
  fc.assert(
    fc.property(name, (text) => {
      const host = accepted(text);
      // xn-- labels that decode to nothing are refused by the URL parser; they resolve to nothing either.
      fc.pre(host !== null && !host.includes("xn--"));
      expect(host).toBe(text.toLowerCase());
      expect(new URL(`https://${host}/`).hostname).toBe(host);
    }),
    { numRuns: 300, maxSkipsPerRun: 1_000 },
  );
});

test("ordinary names and ports are read", () => {
  expect(readHostName("Registry.NPMJS.org")).toBe("registry.npmjs.org");
  expect(readHostName("xn--bcher-kva.example")).toBe("xn--bcher-kva.example");
  expect(readAuthority("pypi.org:443", null)).toEqual({ host: "pypi.org", port: 443 });
  expect(readAuthority("pypi.org", 80)).toEqual({ host: "pypi.org", port: 80 });
  expect(readHostName(`${"a".repeat(63)}.com`)).toHaveLength(67);
  expect(accepted(`${"a".repeat(64)}.com`)).toBeNull();
  expect(accepted(Array.from({ length: 130 }, () => "a").join("."))).toBeNull();
});
