/** Finds the repository whose API a request is for, and takes the request apart. */
import type { ForgeApi, GitResource, PolicyDocument } from "@nightgate/shared/policy";

export type ForgeResource = GitResource & { forge: ForgeApi };

/** The repositories of this workstation whose API answers under `host`. Several of one host share it. */
export function forgesAt(policy: PolicyDocument, workstation: string, host: string): ForgeResource[] {
  return policy.resources.filter(
    (each): each is ForgeResource =>
      each.kind === "git" &&
      each.forge !== undefined &&
      each.forge.host === host &&
      (each.workstations === "*" || each.workstations.includes(workstation)),
  );
}

/** Where the gate sends a path below the API's base. */
export function forgeUrl(forge: ForgeApi, pathAndQuery: string): URL {
  return new URL(`${forge.url.replace(/\/+$/, "")}${pathAndQuery}`);
}

/** The token of a repository's credential: `user:token`, or the token alone. */
export function bearerOf(credential: string): string {
  const token = credential.slice(credential.indexOf(":") + 1).trim();
  return `Bearer ${token}`;
}
