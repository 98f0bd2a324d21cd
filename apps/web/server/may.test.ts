import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { may, type Permission, rolesWithin } from "./may.ts";
import { ROLES } from "./member.ts";

const PAGE = fileURLToPath(new URL("../../../docs/features/people.md", import.meta.url));
/** The columns of the page's table, in its order. */
const COLUMNS: readonly Permission[] = [
  "members.see",
  "jobs.act",
  "workstations.change",
  "workstations.remove",
  "members.invite",
  "members.change",
];

test.each(ROLES)("docs/features/people.md says what the role %s may do", (role) => {
  const line = readFileSync(PAGE, "utf8")
    .split("\n")
    .find((each) => each.startsWith(`| ${role} |`));
  const cells = (line ?? "").split("|").slice(2, -1);
  expect(cells.map((cell) => cell.trim() !== "no")).toEqual(
    COLUMNS.map((permission) => may({ role }, permission)),
  );
});

test("nobody gives a role above their own, and who may not change roles gives none", () => {
  expect(rolesWithin({ role: "owner" })).toEqual(["owner", "admin", "member", "viewer"]);
  expect(rolesWithin({ role: "admin" })).toEqual(["admin", "member", "viewer"]);
  expect(rolesWithin({ role: "member" })).toEqual([]);
  expect(rolesWithin({ role: "viewer" })).toEqual([]);
});
