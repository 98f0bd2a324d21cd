// Where a signature may lead: the gate itself or web. Everything that has ever been an open redirect elsewhere is tried here (attack N4).
import { expect, test } from "vitest";
import { isWebSignIn, leadsBack, webCallback } from "./leads-back.ts";

const GATE = "https://gate.example.com";
const WEB = "https://web.example.com";

test.each([
  ["/policy", "/policy"],
  ["/holds/H-00000000?x=1", "/holds/H-00000000?x=1"],
  ["https://gate.example.com/vault", "/vault"],
  ["https://web.example.com/setup?step=3", "https://web.example.com/setup?step=3"],
  ["https://web.example.com", "https://web.example.com/"],
])("%s leads to %s", (asked, to) => {
  expect(leadsBack(asked, GATE, WEB)).toBe(to);
});

test.each([
  undefined,
  "https://evil.example",
  "//evil.example/x",
  "/\\evil.example",
  "\\\\evil.example",
  "https:evil.example",
  "https://web.example.com@evil.example/",
  "https://evil@web.example.com/",
  "https://web.example.com.evil.example/",
  "http://web.example.com/",
  "https://web.example.com:8443/",
  "javascript:alert(1)",
  "data:text/html,x",
  "/\t/evil.example",
  "/.//evil.example",
  "/./\\evil.example",
  "https://gate.example.com//evil.example",
])("%s leads nowhere", (asked) => {
  const to = leadsBack(asked, GATE, WEB);
  expect(to === null || new URL(to, GATE).origin === GATE).toBe(true);
  expect(to ?? "/").not.toMatch(/^[\\/]{2}/);
});

test("an address that nobody would type leads nowhere", () => {
  expect(leadsBack(`/${"a".repeat(3000)}`, GATE, WEB)).toBeNull();
});

test("web's parameters have one form, and its callback carries what it was given and nothing else", () => {
  expect(isWebSignIn("s".repeat(22), "c".repeat(43))).toBe(true);
  expect(isWebSignIn("s".repeat(22), "c".repeat(42))).toBe(false);
  expect(isWebSignIn("x&code=stolen", "c".repeat(43))).toBe(false);
  expect(webCallback(WEB, "state&x", "code#y")).toBe(
    "https://web.example.com/auth/callback?state=state%26x&code=code%23y",
  );
});
