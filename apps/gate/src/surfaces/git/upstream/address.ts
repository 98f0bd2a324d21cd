/**
 * Where a repository's upstream is and what git needs to get there.
 * Invariant 2: the credential goes into the environment of the one git process
 * that uses it, bound to exactly this URL; git's own ways of finding, asking for, storing or redirecting one are all off.
 */
import type { GitResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { GitSetting } from "../git-process.ts";

export interface Upstream {
  name: string;
  url: URL;
  credential: string | null;
  /** The only addresses that may be dialled for `url`; checked when this was made. None: it cannot be asked now. */
  addresses: readonly string[];
}

/** The URL in its canonical form, without a slash at the end. Throws a Problem for one that could send a credential elsewhere. */
export function upstreamUrl(resource: GitResource): URL {
  const refuse = (why: string): Problem => new Problem("git.upstream-unusable", { name: resource.name, why });
  // CVE-2020-5260 and 11008: a line break in a URL made git hand one host's credential to another.
  if (hasControlOrSpace(resource.url)) throw refuse("it has a space or a control character in it");
  if (!URL.canParse(resource.url)) throw refuse("it is not a URL");
  const url = new URL(resource.url);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse("only https and http are possible");
  if (url.username !== "" || url.password !== "")
    throw refuse("a credential belongs into the vault, not into the URL");
  if (url.search !== "" || url.hash !== "") throw refuse("it has a query or a fragment");
  url.pathname = url.pathname.replace(/\/+$/, "");
  return url;
}

function hasControlOrSpace(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code <= 0x20 || (code >= 0x7f && code <= 0xa0)) return true;
  }
  return text.includes("%0a") || text.includes("%0A") || text.includes("%0d") || text.includes("%0D");
}

/** The value of the Authorization header: `user:token` as it is, a bare token with the user name that the large hosts expect. */
export function authorization(credential: string): string {
  const pair = credential.includes(":") ? credential : `x-access-token:${credential}`;
  return `Basic ${Buffer.from(pair.trim(), "utf8").toString("base64")}`;
}

/** Settings for a git process that talks to the upstream. They hold the credential: for that process's environment only. */
export function upstreamSettings({ url, credential, addresses }: Upstream): GitSetting[] {
  const scheme = url.protocol.slice(0, -1);
  const settings: GitSetting[] = [
    ["protocol.allow", "never"],
    [`protocol.${scheme}.allow`, "always"],
    ["http.followRedirects", "false"],
    ["http.proxy", ""],
    // H4: the addresses that were checked are dialled, whatever the name says by then.
    ["http.curloptResolve", `${url.hostname}:${portOf(url)}:${addresses.map(bracketed).join(",")}`],
    ["http.sslVerify", "true"],
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", "120"],
    ["http.userAgent", "git/nightgate"],
    ["core.hooksPath", "/dev/null"],
    ["fetch.fsckObjects", "false"],
    ["fetch.recurseSubmodules", "false"],
    ["fetch.writeCommitGraph", "false"],
    ["push.recurseSubmodules", "no"],
    ["push.followTags", "false"],
    ["push.gpgSign", "false"],
    ["push.useForceIfIncludes", "false"],
  ];
  if (credential !== null)
    settings.push([`http.${url.href}.extraHeader`, `Authorization: ${authorization(credential)}`]);
  return settings;
}

function portOf(url: URL): string {
  if (url.port !== "") return url.port;
  return url.protocol === "https:" ? "443" : "80";
}

/** As curl's --resolve wants them. */
function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
