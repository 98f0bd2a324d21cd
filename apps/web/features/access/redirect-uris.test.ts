import { expect, test } from "vitest";
import { isRegistered, mayRedirectTo, whereTo } from "./redirect-uris.ts";

test.each([
  "https://claude.ai/api/mcp/auth_callback",
  "http://127.0.0.1:33418/callback",
  "http://localhost/callback",
  "http://[::1]:8080/",
  "cursor://anysphere.cursor-retrieval/oauth/user-agent/callback",
  "com.example.agent:/callback",
])("%s may be named", (uri) => {
  expect(mayRedirectTo(uri)).toBe(true);
});

test.each([
  "http://evil.example/callback",
  "http://127.0.0.1.evil.example/",
  "http://localhost@evil.example/",
  "https://user:pass@example.com/",
  "https://example.com/#fragment",
  "javascript:alert(1)",
  "data:text/html,x",
  "file:///etc/passwd",
  "blob:https://example.com/1",
  "mailto:a@example.com",
  "https://example.com/a b",
  "https://example.com/\u202Ecba",
  "/callback",
  "",
  `https://example.com/${"a".repeat(2_000)}`,
])("%j may not", (uri) => {
  expect(mayRedirectTo(uri)).toBe(false);
});

test("a registered address is met to the letter, but for the port of a loopback address", () => {
  const registered = ["https://example.com/cb", "http://127.0.0.1/cb"];
  expect(isRegistered("https://example.com/cb", registered)).toBe(true);
  expect(isRegistered("http://127.0.0.1:51004/cb", registered)).toBe(true);
  for (const other of [
    "https://example.com/cb/",
    "https://example.com:444/cb",
    "https://example.com/cb?x=1",
    "http://127.0.0.1:51004/other",
    "http://localhost:51004/cb",
    "javascript:alert(1)",
  ])
    expect([other, isRegistered(other, registered)]).toEqual([other, false]);
});

test("where the answer goes is said by what a person can judge", () => {
  expect(whereTo("https://claude.ai/cb")).toEqual({ kind: "site", name: "claude.ai" });
  expect(whereTo("http://127.0.0.1:8/cb")).toEqual({ kind: "this-computer", name: "127.0.0.1:8" });
  expect(whereTo("cursor://x/cb")).toEqual({ kind: "program", name: "cursor" });
});
