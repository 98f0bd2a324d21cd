/** Which of git's four requests a path is. Everything else under /git/ is named and refused. */
import { resourceId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";

export type GitRoute =
  | { resource: string; kind: "advertise-upload" | "advertise-receive" }
  | { resource: string; kind: "upload" | "receive" };

/** Reads method and request target. Throws a Problem for what is not smart HTTP. */
export function gitRoute(method: string, target: string): GitRoute {
  const [path = "", ...queries] = target.split("?");
  const [, name, rest] = /^\/git\/([^/]+)\/(.+)$/.exec(path) ?? [];
  // A remote may be written with .git at its end.
  const resource = resourceId.safeParse(name?.replace(/\.git$/, ""));
  if (rest === undefined || !resource.success) throw new Problem("not-found", { what: "such repository" });
  if (rest.startsWith("info/lfs") || rest.includes("/lfs/")) throw new Problem("git.lfs", {});
  switch (rest) {
    case "info/refs":
      return advertisementRoute(resource.data, method, queries.join("?"));
    case "git-upload-pack":
      return serviceRoute({ resource: resource.data, kind: "upload" }, method);
    case "git-receive-pack":
      return serviceRoute({ resource: resource.data, kind: "receive" }, method);
    default:
      throw new Problem("git.dumb", {});
  }
}

function serviceRoute(route: GitRoute, method: string): GitRoute {
  if (method !== "POST") throw new Problem("method.refused", { method });
  return route;
}

function advertisementRoute(resource: string, method: string, query: string): GitRoute {
  if (method !== "GET") throw new Problem("method.refused", { method });
  if (query === "service=git-upload-pack") return { resource, kind: "advertise-upload" };
  if (query === "service=git-receive-pack") return { resource, kind: "advertise-receive" };
  throw new Problem("git.dumb", {});
}
