/** Which of git's four requests a path is. Everything else under /git/ is named and refused. */
import { resourceId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";

export type GitRoute =
  | { resource: string; kind: "advertise-upload" | "advertise-receive" }
  | { resource: string; kind: "upload" | "receive" };

/** Reads method and request target. Throws a Problem for what is not smart HTTP. */
export function gitRoute(method: string, target: string): GitRoute {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  const match = /^\/git\/([^/]+)\/(.+)$/.exec(path);
  const [, rawResource, rest] = match ?? [];
  // A remote may be written with .git at its end.
  const resource = rawResource?.replace(/\.git$/, "") ?? "";
  if (rest === undefined || !resourceId.safeParse(resource).success) throw new Problem("not-found", { what: "such repository" });
  if (rest.startsWith("info/lfs") || rest.includes("/lfs/")) throw new Problem("git.lfs", {});
  if (rest === "info/refs") return advertisementRoute(resource, method, query < 0 ? "" : target.slice(query + 1));
  if (rest === "git-upload-pack" || rest === "git-receive-pack") {
    if (method !== "POST") throw new Problem("method.refused", { method });
    return { resource, kind: rest === "git-upload-pack" ? "upload" : "receive" };
  }
  throw new Problem("git.dumb", {});
}

function advertisementRoute(resource: string, method: string, query: string): GitRoute {
  if (method !== "GET") throw new Problem("method.refused", { method });
  if (query === "service=git-upload-pack") return { resource, kind: "advertise-upload" };
  if (query === "service=git-receive-pack") return { resource, kind: "advertise-receive" };
  throw new Problem("git.dumb", {});
}
