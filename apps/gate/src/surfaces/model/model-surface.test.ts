import { connect, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listenOnLoopback } from "../../net/testing/world.ts";
import { type ModelWorld, startModelWorld } from "./testing/model-world.ts";

let world: ModelWorld;
beforeEach(async () => {
  world = await startModelWorld();
});
afterEach(async () => await world.stop());

describe("what passes", () => {
  test.each([
    ["anthropic", "POST", "/v1/messages/count_tokens", "/v1/messages/count_tokens"],
    ["anthropic", "GET", "/v1/models", "/v1/models"],
    ["anthropic", "GET", "/v1/models/claude-x-1?beta=true", "/v1/models/claude-x-1?beta=true"],
    ["openai", "POST", "/v1/responses", "/v1/responses"],
    ["openai", "POST", "/responses", "/v1/responses"],
    ["openai", "POST", "/v1/chat/completions", "/v1/chat/completions"],
    ["openai", "POST", "/v1/embeddings", "/v1/embeddings"],
    ["openai", "GET", "/v1/models/org/name", "/v1/models/org/name"],
  ] as const)("%s %s %s", async (api, method, path, expected) => {
    Object.assign(world.resource, { api });
    const answer = await world.workstation.ask(
      `/model/${world.resource.id}${path}`,
      method === "POST" ? { method, body: "{}" } : {},
    );
    expect(answer.status).toBe(200);
    expect(world.received[0]?.request.url).toBe(expected);
  });

  test.each([
    ["/", "/v1/messages", "/v1/messages"],
    ["/team/a/", "/v1/messages", "/team/a/v1/messages"],
    ["/openai/v1", "/v1/messages", "/openai/v1/messages"],
  ])("a base URL with path %s", async (base, path, expected) => {
    Object.assign(world.resource, { url: world.upstream.url + base });
    await world.post(path);
    expect(world.received[0]?.request.url).toBe(expected);
  });

  test.each([
    ["anthropic", "POST", "/v1/files"],
    ["anthropic", "POST", "/v1/messages/batches"],
    ["anthropic", "GET", "/v1/organizations/me"],
    ["anthropic", "DELETE", "/v1/messages"],
    ["anthropic", "POST", "/v1/messages/../files"],
    ["anthropic", "POST", "/v1/messages%2f..%2ffiles"],
    ["anthropic", "POST", "//v1/messages"],
    ["anthropic", "POST", "/v1/messages?url=https://example.com"],
    ["openai", "POST", "/v1/files"],
    ["openai", "GET", "/v1/models/../files"],
    ["openai", "POST", "/v1/fine_tuning/jobs"],
  ] as const)("H31: %s %s %s is refused", async (api, method, path) => {
    Object.assign(world.resource, { api });
    const answer = await world.workstation.raw(
      `${method} /model/${world.resource.id}${path} HTTP/1.1\r\nHost: gate.nightgate\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain("is not one of the model calls");
    expect(world.calls).toEqual([]);
    expect(world.received).toEqual([]);
  });

  test("a resource of another workstation is as one that does not exist", async () => {
    Object.assign(world.resource, { workstations: ["ws_000000000000"] });
    const other = await world.post("/v1/messages");
    world.resources.length = 0;
    const none = await world.post("/v1/messages");
    expect(other.status).toBe(404);
    expect(other.body).toBe(none.body);
  });
});

describe("what goes wrong", () => {
  test.each([401, 402, 403, 429, 529])(
    "%i stops the client's loop, and the run learns of it before the client",
    async (status) => {
      world.answerJson(
        status,
        { type: "error", error: { type: "x", message: "no" } },
        { "retry-after": "120", "x-should-retry": "true", "set-cookie": "a=b" },
      );
      const answer = await world.post("/v1/messages");
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({ "x-should-retry": "false", "retry-after": "120" });
      expect(answer.headers["set-cookie"]).toBeUndefined();
      expect(JSON.parse(answer.body)).toEqual({ type: "error", error: { type: "x", message: "no" } });
      expect(world.calls).toMatchObject([{ status, retryAfterSeconds: 120 }]);
    },
  );

  test("an upstream that is away", async () => {
    await world.upstream.stop();
    const answer = await world.post("/v1/messages");
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toMatchObject({ type: "error", error: { type: "api_error" } });
    expect(answer.body).toContain("it refuses the connection");
    expect(world.calls).toMatchObject([{ status: 502 }]);
  });

  test("H38: headers without end, header injection, an answer that is not HTTP", async () => {
    const raws = [
      "HTTP/1.1 200 OK\r\n" + `x: ${"a".repeat(70_000)}\r\n\r\n`,
      "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
      "hello\r\n\r\n",
      `${"HTTP/1.1 103 x\r\n\r\n".repeat(50)}`,
    ];
    for (const bytes of raws) {
      world.listener = (request) => void request.socket.end(bytes);
      expect((await world.post("/v1/messages")).status).toBe(502);
    }
  });

  test("an upstream that answers before it has read the request does not leave its client hanging", async () => {
    const early = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => {
        socket.pause();
        socket.write(
          "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
        );
      });
    });
    world.resource.url = `http://127.0.0.1:${await listenOnLoopback(early)}`;
    const body = "x".repeat(20 * 1024 * 1024);
    const head = `POST /model/${world.resource.id}/v1/messages HTTP/1.1\r\nHost: gate.nightgate\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await world.workstation.raw(
      `${head}${body}GET /nightgate HTTP/1.1\r\nHost: x\r\n\r\n`,
      /HTTP\/1\.1 401 [\s\S]*HTTP\/1\.1 400 /,
    );
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map((each) => each[1])).toEqual(["401", "400"]);
    early.close();
  });

  test("a body over the limit is refused before it is sent, and too many calls at once", async () => {
    const answer = await world.workstation.raw(
      `POST /model/${world.resource.id}/v1/messages HTTP/1.1\r\nHost: gate.nightgate\r\nContent-Length: ${65 * 1024 * 1024}\r\n\r\n`,
      /request_too_large/,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(world.received).toEqual([]);
    world.listener = () => undefined;
    const pending = Array.from({ length: 32 }, () => connect(world.workstation.socketPath));
    for (const socket of pending)
      socket.write(
        `POST /model/${world.resource.id}/v1/messages HTTP/1.1\r\nHost: gate.nightgate\r\nContent-Length: 2\r\n\r\n{}`,
      );
    await expect.poll(() => world.received.length).toBe(32);
    const refused = await world.post("/v1/messages");
    // The client's own doing: it may try again, and no run is stopped because of it.
    expect([refused.status, refused.headers["x-should-retry"]]).toEqual([429, undefined]);
    expect(world.calls).toEqual([]);
    for (const socket of pending) socket.destroy();
    world.answerJson(200, {});
    await expect.poll(async () => (await world.post("/v1/messages")).status).toBe(200);
  });
});
