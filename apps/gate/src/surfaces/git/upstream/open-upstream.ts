/**
 * The upstream of a repository, ready to be dialled: its name is resolved once, every address is checked, and git and the pass-through
 * are both told to dial exactly these. A name that is bound anew between the check and the dialling leads nowhere else (H4).
 */
import { isIP } from "node:net";
import type { GitResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { isOfThisMachine } from "../../../net/addresses.ts";
import type { CheckedLookup } from "../../../net/checked-lookup.ts";
import { upstreamUrl } from "./address.ts";
import type { Upstream } from "./address.ts";

/**
 * Resolves and checks. The policy names the host, so it may be on a private network; but a name, other than localhost, that leads to this
 * machine itself or to its link (where clouds answer with credentials) is refused. Throws a Problem.
 */
export async function openUpstream(
  lookup: CheckedLookup,
  resource: GitResource,
  credential: string | null,
): Promise<Upstream> {
  const url = upstreamUrl(resource);
  const { name } = resource;
  return { name, url, credential, addresses: await checkedAddresses(lookup, name, url) };
}

async function checkedAddresses(lookup: CheckedLookup, name: string, url: URL): Promise<string[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) return [host];
  const addresses = await lookup.addresses(host, true).catch((error: unknown) => {
    throw new Problem(
      "git.upstream-unreachable",
      { name, why: "its host name is not known" },
      { cause: error },
    );
  });
  if (!/(^|\.)localhost$/.test(host) && addresses.some(isOfThisMachine))
    throw new Problem("git.upstream-unusable", {
      name,
      why: "its host name leads to an address of this machine or its link",
    });
  return addresses;
}
