import { expect, test } from "vitest";
import { judgeGithub, repositoryOf } from "./github-pack.ts";

const ACME = { owner: "acme", name: "shop" };
const judge = (method: string, path: string): ReturnType<typeof judgeGithub> =>
  judgeGithub({ method, path }, ACME);
const at = (below: string): string => `/repos/acme/shop${below}`;

test.each([
  "",
  "/pulls",
  "/pulls/7/files",
  "/issues/7/comments",
  "/branches",
  "/compare/main...x",
  "/git/ref/heads/x",
])("GET %s of the repository is a read", (below) => {
  expect(judge("GET", at(below))).toEqual({ is: "read" });
});

test.each([
  ["POST", "/pulls", null],
  ["PATCH", "/pulls/7", "7"],
  ["PUT", "/pulls/7/merge", "7"],
  ["POST", "/issues", null],
  ["POST", "/issues/7/comments", "7"],
  ["POST", "/issues/7/labels", "7"],
  ["POST", "/pulls/7/requested_reviewers", "7"],
])("%s %s waits for a person", (method, below, number) => {
  expect(judge(method, at(below))).toMatchObject({ is: "write", number });
});

// Each of them changes a branch, starts something, or gives somebody rights, beside what a push shows.
test.each([
  ["PUT", "/contents/README.md"],
  ["DELETE", "/contents/README.md"],
  ["POST", "/git/refs"],
  ["PATCH", "/git/refs/heads/main"],
  ["DELETE", "/git/refs/heads/main"],
  ["POST", "/git/commits"],
  ["POST", "/git/trees"],
  ["POST", "/merges"],
  ["POST", "/merge-upstream"],
  ["PUT", "/pulls/7/update-branch"],
  ["POST", "/pulls/7/reviews"],
  ["POST", "/branches/main/rename"],
  ["PUT", "/branches/main/protection"],
  ["POST", "/actions/workflows/1/dispatches"],
  ["POST", "/dispatches"],
  ["POST", "/deployments"],
  ["POST", "/actions/runs/1/pending_deployments"],
  ["PUT", "/actions/secrets/X"],
  ["PUT", "/collaborators/mallory"],
  ["POST", "/keys"],
  ["POST", "/hooks"],
  ["POST", "/forks"],
  ["POST", "/transfer"],
  ["POST", "/releases"],
  ["PATCH", ""],
  ["DELETE", ""],
  ["POST", "/pulls/7/merge"],
  ["PURGE", "/pulls"],
])("G25, H20: %s %s is refused", (method, below) => {
  expect(judge(method, at(below))).toMatchObject({ is: "refused" });
});

test.each([
  ["GET", "/repos/acme/other"],
  ["GET", "/repos/acme/shop2/pulls"],
  ["GET", "/user/repos"],
  ["POST", "/user/repos"],
  ["POST", "/gists"],
  ["POST", "/repos/acme/shop/../other/issues"],
  ["POST", "/repos/acme/shop/%2e%2e/other/issues"],
  ["POST", "/repos//acme/shop/issues"],
  ["GET", "/repos/acme/shop/zipball/main"],
  ["GET", "/repos/acme/shop/actions/artifacts/1/zip"],
  ["GET", "/repos/acme/shop/contents/.env"],
  ["GET", "/"],
])("invariant 8: %s %s is no part of the repository that may be asked for", (method, path) => {
  expect(judge(method, path)).toMatchObject({ is: "refused" });
});

test("H17: GraphQL is refused whatever it says, and the way by REST is named", () => {
  expect(judge("POST", "/graphql")).toMatchObject({
    is: "refused",
    why: expect.stringContaining("POST /repos/acme/shop/pulls") as string,
  });
});

test("H19: a merge without the head that is meant is no request that can be held", () => {
  const judged = judge("PUT", at("/pulls/7/merge"));
  if (judged.is !== "write") throw new Error("not a write");
  expect(judged.rule.fault?.({}, ACME)).toContain("sha");
  expect(judged.rule.fault?.({ sha: "a".repeat(40) }, ACME)).toBeNull();
});

test("a pull request from another repository's branch is none of this one", () => {
  const judged = judge("POST", at("/pulls"));
  if (judged.is !== "write") throw new Error("not a write");
  expect(judged.rule.fault?.({ head: "mallory:x", base: "main" }, ACME)).toContain("another repository");
  expect(judged.rule.fault?.({ head: "acme:x", base: "main" }, ACME)).toBeNull();
});

test("owner and name are the address's two parts, or it has no API", () => {
  expect(repositoryOf({ url: "https://github.com/acme/shop.git" })).toEqual(ACME);
  expect(repositoryOf({ url: "https://git.example/group/sub/shop.git" })).toBeNull();
});
