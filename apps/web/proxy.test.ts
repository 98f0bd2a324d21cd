import { NextRequest } from "next/server";
import { beforeAll, describe, expect, test } from "vitest";
import { proxy } from "./proxy.ts";

beforeAll(() => {
  Object.assign(process.env, {
    NIGHTGATE_WEB_ORIGIN: "http://web.localhost:4600",
    NIGHTGATE_GATE_ORIGIN: "http://gate.localhost:4601",
    NIGHTGATE_GATE_PORT: "4601",
    DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none",
  });
});

function ask(method: string, headers: Record<string, string>, path = "/jobs"): ReturnType<typeof proxy> {
  return proxy(new NextRequest(`http://127.0.0.1:4600${path}`, { method, headers }));
}
const HOST = { host: "web.localhost:4600" };

describe("the proxy", () => {
  test.each([
    "gate.localhost:4601",
    "127.0.0.1:4600",
    "web.localhost",
    "web.localhost:4600.evil.example",
    "evil.example",
  ])("refuses the host %s", (host) => {
    expect(ask("GET", { host }).status).toBe(421);
  });

  test("answers health under any host, and nothing else", () => {
    expect(ask("GET", { host: "127.0.0.1:4600" }, "/api/health").status).toBe(200);
    expect(ask("GET", { host: "127.0.0.1:4600" }, "/api/healthy").status).toBe(421);
  });

  test("fetches pictures for nobody", () => {
    expect(ask("GET", HOST, "/_next/image?url=http%3A%2F%2F169.254.169.254%2F&w=64&q=75").status).toBe(404);
  });

  test.each([
    undefined,
    "null",
    "http://gate.localhost:4601",
    "http://web.localhost:4601",
    "https://web.localhost:4600",
  ])("refuses a change from the origin %s", (origin) => {
    const headers = origin === undefined ? HOST : { ...HOST, origin };
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) expect(ask(method, headers).status).toBe(403);
  });

  test("lets its own pages change things", () => {
    expect(ask("POST", { ...HOST, origin: "http://web.localhost:4600" }).status).toBe(200);
  });

  test.each([
    "/mcp",
    "/oauth/token",
    "/oauth/register",
    "/oauth/revoke",
    "/oauth/device",
    "/api/verbs/job_list",
  ])("A3: lets a program ask at %s that names no origin, and no page of anybody else's", (path) => {
    expect(ask("POST", HOST, path).status).toBe(200);
    for (const origin of ["null", "http://evil.example", "http://gate.localhost:4601"])
      expect(ask("POST", { ...HOST, origin }, path).status).toBe(403);
    expect(ask("POST", { host: "evil.example" }, path).status).toBe(421);
  });

  test.each(["/mcp/x", "/oauth/authorize", "/api/access/consent", "/api/verbs/job_list/x", "/api/jobs"])(
    "A3: %s is for our own pages, and nothing without an origin gets there",
    (path) => {
      expect(ask("POST", HOST, path).status).toBe(403);
    },
  );

  test("sends a policy with a fresh nonce and without unsafe scripts", () => {
    const policies = [0, 1].map(() => ask("GET", HOST).headers.get("content-security-policy") ?? "");
    expect(policies[0]).not.toBe(policies[1]);
    expect(policies[0]).toMatch(/script-src 'self' 'nonce-[A-Za-z0-9+/=]{24}' 'strict-dynamic';/);
    expect(policies[0]).toMatch(/frame-ancestors 'none'/);
    expect(policies[0]).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
  });

  test("does not believe a path that the request names itself", () => {
    const answer = ask("GET", { ...HOST, "x-nightgate-path": "//evil.example" });
    expect(answer.headers.get("x-middleware-request-x-nightgate-path")).toBe("/jobs");
  });
});
