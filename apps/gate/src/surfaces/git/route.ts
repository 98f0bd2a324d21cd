/** Which of git's four requests a path is, or which of Git LFS's three. Everything else under /git/ is named and refused. */
import { resourceId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";

export type GitRoute =
  | { resource: string; kind: "advertise-upload" | "advertise-receive" }
  | { resource: string; kind: "upload" | "receive" }
  | { resource: string; kind: "lfs-batch" }
  | { resource: string; kind: "lfs-object"; method: "GET" | "PUT"; oid: string; bytes: number };

/** Reads method and request target. Throws a Problem for what is not smart HTTP. */
export function gitRoute(method: string, target: string): GitRoute {
  const [path = "", ...queries] = target.split("?");
  const [, name, rest] = /^\/git\/([^/]+)\/(.+)$/.exec(path) ?? [];
  // A remote may be written with .git at its end.
  const resource = resourceId.safeParse(name?.replace(/\.git$/, ""));
  if (rest === undefined || !resource.success) throw new Problem("not-found", { what: "such repository" });
  if (rest.startsWith("info/lfs/")) return lfsRoute(resource.data, method, rest.slice("info/lfs/".length));
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

function lfsRoute(resource: string, method: string, rest: string): GitRoute {
  if (rest === "objects/batch") {
    if (method !== "POST") throw new Problem("method.refused", { method });
    return { resource, kind: "lfs-batch" };
  }
  const [, oid, bytes] = /^objects\/([0-9a-f]{64})\/(\d{1,15})$/.exec(rest) ?? [];
  // Its locks, above all: they are kept by people, at the upstream.
  if (oid === undefined || bytes === undefined) throw new Problem("git.lfs", {});
  if (method !== "GET" && method !== "PUT") throw new Problem("method.refused", { method });
  return { resource, kind: "lfs-object", method, oid, bytes: Number(bytes) };
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
