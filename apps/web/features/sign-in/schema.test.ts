import { expect, test } from "vitest";
import { localPath } from "./schema.ts";

test("a path of this app is kept with its query and fragment", () => {
  expect(localPath("/jobs/job_1?show=all#end")).toBe("/jobs/job_1?show=all#end");
});

test.each([
  null,
  undefined,
  "",
  "jobs",
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "https://evil.example/",
  "javascript:alert(1)",
  "/auth/start",
  "/..//evil.example",
  `/${"a".repeat(3000)}`,
])("%j leads home and nowhere else", (raw) => {
  expect(localPath(raw)).toBe("/");
});
