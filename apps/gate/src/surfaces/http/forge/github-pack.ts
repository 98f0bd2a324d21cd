/**
 * Which requests to GitHub's REST API an agent may make for one repository: some are reads, some wait for a person, all others are refused
 * (invariant 8). Pure: made from method, path and body alone. What could change a branch behind a push's back is in none of the lists (G25, H20).
 * Source: https://docs.github.com/rest, version 2022-11-28.
 */
import type { GitResource } from "@nightgate/shared/policy";

export interface ForgeRequest {
  method: string;
  /** Below the API's base, without a query. */
  path: string;
}

/** A write that waits for a person. */
export interface ForgeWrite {
  /** In words, as the start of a sentence: "open a pull request". */
  does: string;
  verb: string;
  /** Worst first. */
  flags: { level: "danger" | "warning" | "note"; code: string; text: string }[];
  /** The branch that has to be at the upstream before this makes sense; null where there is none. */
  branch: string | null;
}

export type ForgeJudged =
  | { is: "read" }
  | { is: "write"; rule: WriteRule; number: string | null }
  | { is: "refused"; why: string };

type Body = Record<string, unknown>;
export interface WriteRule {
  method: string;
  path: RegExp;
  verb: string;
  does(number: string | null): string;
  /** Why this body cannot be held, or null. */
  fault?(body: Body, repository: Repository): string | null;
  flags?: ForgeWrite["flags"];
}

export interface Repository {
  owner: string;
  name: string;
}

/** Below /repos/OWNER/NAME. What is left out has addresses in its answers that are credentials (archives, artifacts), or secrets' names. */
const READS =
  /^(?:\/(?:pulls|issues|branches|commits|compare|git\/(?:ref|refs|commits|trees|matching-refs)|check-runs|check-suites|statuses|labels|milestones|topics|languages|contributors|tags)(?:\/.*)?)?$/;

const MERGE_DANGER: ForgeWrite["flags"] = [
  {
    level: "danger",
    code: "merge",
    text: "This merges. What it merges is whatever the named commit has; look at the pull request itself before you sign.",
  },
];

const RULES: readonly WriteRule[] = [
  {
    method: "POST",
    path: /^\/pulls$/,
    verb: "Open a pull request",
    does: () => "open a pull request",
    fault: (body, { owner }) => {
      if (typeof body["head"] !== "string" || typeof body["base"] !== "string")
        return "it needs `head` and `base` as names of branches";
      const [first = "", ...rest] = body["head"].split(":");
      return rest.length > 0 && first.toLowerCase() !== owner.toLowerCase()
        ? "its head is in another repository"
        : null;
    },
  },
  {
    method: "PATCH",
    path: /^\/pulls\/(\d+)$/,
    verb: "Change a pull request",
    does: (number) => `change pull request ${number ?? ""}`,
  },
  {
    method: "PUT",
    path: /^\/pulls\/(\d+)\/merge$/,
    verb: "Merge a pull request",
    does: (number) => `merge pull request ${number ?? ""}`,
    // H19: the head may move after it was shown; then the host must refuse.
    fault: (body) =>
      typeof body["sha"] === "string" && /^[0-9a-f]{40}$/.test(body["sha"])
        ? null
        : "it needs `sha`, the head of the pull request that is to be merged",
    flags: MERGE_DANGER,
  },
  {
    method: "POST",
    path: /^\/pulls\/(\d+)\/requested_reviewers$/,
    verb: "Ask for a review",
    does: (number) => `ask for a review of pull request ${number ?? ""}`,
  },
  {
    method: "POST",
    path: /^\/issues$/,
    verb: "Open an issue",
    does: () => "open an issue",
  },
  {
    method: "PATCH",
    path: /^\/issues\/(\d+)$/,
    verb: "Change an issue",
    does: (number) => `change issue ${number ?? ""}`,
  },
  {
    method: "POST",
    path: /^\/issues\/(\d+)\/comments$/,
    verb: "Comment",
    does: (number) => `comment on ${number ?? ""}`,
  },
  {
    method: "POST",
    path: /^\/issues\/(\d+)\/labels$/,
    verb: "Label",
    does: (number) => `label ${number ?? ""}`,
  },
];

const NOT_HELD =
  "pull requests, issues, comments, labels and reviews can be asked for here, and this is none of them; code goes by git push";

/** Owner and name as the repository's address has them; null where it has others than two parts. */
export function repositoryOf(resource: Pick<GitResource, "url">): Repository | null {
  const [owner, name, ...rest] = new URL(resource.url).pathname.split("/").filter((part) => part !== "");
  if (!owner || !name || rest.length > 0) return null;
  return { owner, name: name.replace(/\.git$/, "") };
}

/** Says what the request is. Names of owner and repository are compared as GitHub does, without case. */
export function judgeGithub(request: ForgeRequest, repository: Repository): ForgeJudged {
  if (request.path === "/graphql")
    return {
      is: "refused",
      why: `its GraphQL API is not open; the same can be asked for by its REST API, for example POST /repos/${repository.owner}/${repository.name}/pulls (gh api does that)`,
    };
  const below = belowRepository(request.path, repository);
  if (below === null)
    return { is: "refused", why: `only /repos/${repository.owner}/${repository.name} is open` };
  if (request.method === "GET" || request.method === "HEAD")
    return READS.test(below)
      ? { is: "read" }
      : { is: "refused", why: "this part of it is not open to be read" };
  for (const rule of RULES) {
    const found = rule.method === request.method ? rule.path.exec(below) : null;
    if (found) return { is: "write", rule, number: found[1] ?? null };
  }
  return { is: "refused", why: NOT_HELD };
}

function belowRepository(path: string, { owner, name }: Repository): string | null {
  // Dots and escapes could mean another place to the server than they do here.
  if (/%|\/\.{1,2}(?:\/|$)|\/\//.test(path)) return null;
  const prefix = `/repos/${owner}/${name}`.toLowerCase();
  const lower = path.toLowerCase();
  if (lower === prefix) return "";
  return lower.startsWith(`${prefix}/`) ? path.slice(prefix.length) : null;
}

/** What a person is told of a write, from its body. */
export function writeOf(rule: WriteRule, number: string | null, body: Body): ForgeWrite {
  const head = rule.path.source === "^\\/pulls$" && typeof body["head"] === "string" ? body["head"] : null;
  return {
    does: rule.does(number),
    verb: rule.verb,
    flags: rule.flags ?? [],
    branch: head === null ? null : (head.split(":").at(-1) ?? null),
  };
}
