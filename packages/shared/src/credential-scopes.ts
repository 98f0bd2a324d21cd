/** Which rights a repository's credential needs, in the words of its host: the least with which fetching and approved pushes work. */

/** For the host of `url`; a clause that follows "It needs". `pushes` is false where pushes are denied: then reading is enough. */
export function credentialScopes(url: string, pushes: boolean): string {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  if (host === "github.com")
    return `a fine-grained personal access token for this one repository with "Contents: ${pushes ? "Read and write" : "Read-only"}"${pushes ? ', and "Workflows: Read and write" only if agents may change workflows' : ""}`;
  if (host.split(".").includes("gitlab"))
    return pushes
      ? 'a project access token with the role Developer and the scopes "read_repository" and "write_repository"'
      : 'a project access token with the role Reporter and the scope "read_repository"';
  if (host === "bitbucket.org")
    return `a repository access token with "Repositories: ${pushes ? "Write" : "Read"}", written as x-token-auth:TOKEN`;
  return `a token, or user:password, that may ${pushes ? "read and push to" : "read"} this repository and nothing else`;
}
