/**
 * `fetch` into web's own routes, in this process: through the proxy and the rewrites as over the wire, so that a real client can be pointed at
 * handlers that run over a test's database.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { NextRequest } from "next/server";

const APP = join(import.meta.dirname, "../app");
type Params = Record<string, string>;
type Handler = (request: Request, context: { params: Promise<Params> }) => Promise<Response>;

const ROUTES = readdirSync(APP, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("route.ts"))
  .map((path) => path.replace(/\/?route\.ts$/, ""));

/** Asks like a browser's or a program's `fetch`. What has no route answers 404. */
export async function routeFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const asked = new Request(input, init);
  const url = new URL(asked.url);
  const headers = new Headers(asked.headers);
  headers.set("host", url.host);
  const request = new Request(asked, { headers });
  const { proxy } = await import("../proxy.ts");
  const first = proxy(new NextRequest(asked.url, { method: asked.method, headers }));
  if (first.status !== 200) return first;
  const found = find(await rewritten(url.pathname));
  if (found === null) return new Response("not found", { status: 404 });
  const routes = (await import(/* @vite-ignore */ join(APP, found.route, "route.ts"))) as Record<
    string,
    unknown
  >;
  const handler = routes[asked.method];
  if (typeof handler !== "function") return new Response("method", { status: 405 });
  return await (handler as Handler)(request, { params: Promise.resolve(found.params) });
}

async function rewritten(path: string): Promise<string> {
  const { default: config } = await import("../next.config.ts");
  const rules = await config.rewrites?.();
  const list = Array.isArray(rules) ? rules : [];
  return list.find(({ source }) => source === path)?.destination ?? path;
}

function find(path: string): { route: string; params: Params } | null {
  for (const route of ROUTES) {
    const names: string[] = [];
    const pattern = route.replaceAll(/\[(\w+)\]/g, (_, name: string) => {
      names.push(name);
      return "([^/]+)";
    });
    const match = new RegExp(`^/${pattern}$`).exec(path);
    if (match)
      return { route, params: Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? ""])) };
  }
  return null;
}
