import { expect, test } from "vitest";
import { folderOf } from "./repository-folder.ts";

test.each([
  ["https://github.com/acme/app", "app"],
  ["https://github.com/acme/app.git", "app"],
  ["https://github.com/acme/app/", "app"],
  ["git@github.com:acme/my app", "my-app"],
  ["https://github.com/acme/..", "repository"],
  ["https://github.com/acme/.git", "repository"],
  ["https://github.com/acme/-rf", "rf"],
  ["https://github.com/acme/%2e%2e%2fetc", "-2e-2e-2fetc".replace(/^-+/, "")],
  [`https://github.com/acme/${"a".repeat(300)}`, "a".repeat(100)],
])("%s is cloned into %s", (url, folder) => {
  expect(folderOf(url)).toBe(folder);
  expect(folderOf(url)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/);
});
