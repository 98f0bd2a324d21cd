/**
 * Tries a credential before it is signed for: reads the upstream's refs, and asks whether it may push, without pushing. Both are the
 * questions with which every fetch and every push begin; neither changes anything upstream.
 */
import { credentialScopes } from "@nightgate/shared/credential-scopes";
import type { GitResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { CheckedLookup } from "../../../net/checked-lookup.ts";
import type { Git } from "../git-process.ts";
import { askUpstream } from "../upload-pack.ts";
import { upstreamUrl } from "./address.ts";
import { lsRemote } from "./ls-remote.ts";
import { openUpstream } from "./open-upstream.ts";

export interface AccessTry {
  resource: GitResource;
  credential: string | null;
  /** Whether the signed policy names this address already. One that nobody has signed for is asked only on the public internet. */
  signed: boolean;
}

/**
 * Resolves where the credential does what the resource needs, and where the address may not be asked before it is signed for.
 * Throws a Problem that says what is missing.
 */
export async function checkAccess(
  options: { git: Git; dir: string; lookup: CheckedLookup },
  { resource, credential, signed }: AccessTry,
): Promise<void> {
  const { git, dir, lookup } = options;
  const upstream = await openUpstream(lookup, resource, credential);
  if (!signed && !(await isPublic(lookup, upstream.url.hostname))) return;
  const pushes = resource.push !== "deny";
  const needs = credentialScopes(upstreamUrl(resource).href, pushes);
  try {
    await lsRemote(git, dir, upstream, []);
  } catch (error) {
    throw withNeeds(error, resource.name, "read", needs);
  }
  if (!pushes) return;
  try {
    await askUpstream({ upstream, limits: git.limits, clock: git.clock }, "git-receive-pack");
  } catch (error) {
    throw withNeeds(error, resource.name, "push to", needs);
  }
}

async function isPublic(lookup: CheckedLookup, hostname: string): Promise<boolean> {
  try {
    await lookup.addresses(hostname.replace(/^\[|\]$/g, ""), false);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === "upstream.address-refused") return false;
    throw error;
  }
}

const ABOUT_RIGHTS = ["git.upstream-credential", "git.upstream-forbidden", "git.upstream-missing"];

/** Only what the upstream said of rights is about the credential; an upstream that is away says so itself. */
function withNeeds(error: unknown, name: string, what: string, needs: string): unknown {
  if (!(error instanceof Problem) || !ABOUT_RIGHTS.includes(error.code)) return error;
  return new Problem("git.credential-unfit", { name, what, needs }, { cause: error });
}
