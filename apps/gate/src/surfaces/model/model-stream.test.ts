import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ModelWorld, startModelWorld } from "./testing/model-world.ts";

let world: ModelWorld;
beforeEach(async () => {
  world = await startModelWorld();
});
afterEach(async () => await world.stop());

const EVENTS = [
  {
    type: "message_start",
    message: {
      model: "claude-x",
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 5,
        cache_read_input_tokens: 100,
        output_tokens: 1,
      },
    },
  },
  { type: "content_block_delta", delta: { text: "ü" } },
  { type: "message_delta", usage: { output_tokens: 42 } },
  { type: "message_stop" },
];

/** Sends each event when told to, and resolves once the response is there. */
function eventByEvent(): { next(): void; ready: Promise<void>; closed: Promise<void> } {
  let response: ServerResponse | undefined;
  let at = 0;
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  world.listener = (_request, made) => {
    made.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    made.flushHeaders();
    made.once("close", () => closed.resolve());
    response = made;
    ready.resolve();
  };
  return {
    ready: ready.promise,
    closed: closed.promise,
    next: () => {
      const event = EVENTS[at];
      at += 1;
      response?.write(`event: ${event?.type}\ndata: ${JSON.stringify(event)}\n\n`);
      if (at === EVENTS.length) response?.end();
    },
  };
}

describe("streams", () => {
  const ask = (): string =>
    `POST /model/${world.resource.id}/v1/messages HTTP/1.1\r\nHost: gate.nightgate\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`;

  test("each event is on its way before the next one exists, in order, and is metered", async () => {
    const script = eventByEvent();
    const socket = connect(world.workstation.socketPath);
    socket.write(ask());
    await script.ready;
    let seen = "";
    for (const event of EVENTS) {
      script.next();
      while (!seen.includes(`event: ${event.type}`))
        seen += ((await once(socket, "data")) as [Buffer])[0].toString("utf8");
    }
    await once(socket, "end");
    await expect
      .poll(() => world.calls)
      .toMatchObject([
        { status: 200, model: "claude-x", inputTokens: 115, cachedInputTokens: 100, outputTokens: 42 },
      ]);
  });

  test("a client that goes away ends the call world.upstream, and what it cost so far is kept", async () => {
    const script = eventByEvent();
    const socket = connect(world.workstation.socketPath);
    socket.write(ask());
    await script.ready;
    script.next();
    await once(socket, "data");
    socket.destroy();
    await script.closed;
    await expect.poll(() => world.calls).toMatchObject([{ status: 200, inputTokens: 115, outputTokens: 1 }]);
  });

  test("an upstream that breaks off in the middle is not made to look whole", async () => {
    world.listener = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: {}\n\n", () => response.destroy());
    };
    const answer = await world.workstation.raw(ask());
    expect(answer).toContain("data: {}");
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
    await expect.poll(() => world.calls).toHaveLength(1);
  });

  test("a large stream is read no faster than the client reads it", async () => {
    let written = 0;
    world.listener = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const line = Buffer.from(`data: ${"x".repeat(65_530)}\n\n`);
      const pump = (): void => {
        while (written < 256 * 1024 * 1024) {
          written += line.length;
          if (!response.write(line)) return void response.once("drain", pump);
        }
        response.end();
      };
      pump();
    };
    const socket = connect(world.workstation.socketPath);
    socket.pause();
    socket.write(ask());
    await expect.poll(() => written).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(32 * 1024 * 1024);
    socket.destroy();
  });
});

describe("metering of answers in one piece", () => {
  test.each([
    [
      "anthropic",
      "/v1/messages",
      { model: "c", usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 5 } },
      [7, 4, 5],
    ],
    [
      "openai",
      "/v1/chat/completions",
      {
        model: "c",
        usage: { prompt_tokens: 9, prompt_tokens_details: { cached_tokens: 2 }, completion_tokens: 5 },
      },
      [9, 2, 5],
    ],
    [
      "openai",
      "/v1/responses",
      {
        model: "c",
        usage: { input_tokens: 9, input_tokens_details: { cached_tokens: 1 }, output_tokens: 6 },
      },
      [9, 1, 6],
    ],
  ] as const)("%s %s", async (api, path, body, [inputTokens, cachedInputTokens, outputTokens]) => {
    Object.assign(world.resource, { api });
    world.answerJson(200, body);
    await world.post(path);
    await expect
      .poll(() => world.calls)
      .toMatchObject([{ model: "c", inputTokens, cachedInputTokens, outputTokens }]);
  });

  test("OpenAI's streams: the last chunk of a chat, and response.completed", async () => {
    Object.assign(world.resource, { api: "openai" });
    const stream = (...events: unknown[]): void => {
      world.listener = (_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(
          `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")}data: [DONE]\n\n`,
        );
      };
    };
    stream(
      { model: "g", choices: [{}] },
      { model: "g", choices: [], usage: { prompt_tokens: 8, completion_tokens: 3 } },
    );
    await world.post("/v1/chat/completions");
    stream(
      { type: "response.created", response: { model: "g" } },
      { type: "response.completed", response: { model: "g", usage: { input_tokens: 6, output_tokens: 2 } } },
    );
    await world.post("/v1/responses");
    await expect
      .poll(() => world.calls)
      .toMatchObject([
        { model: "g", inputTokens: 8, outputTokens: 3 },
        { model: "g", inputTokens: 6, outputTokens: 2 },
      ]);
  });
});
