import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CANARY, type ModelWorld, startModelWorld } from "./testing/model-world.ts";

let world: ModelWorld;
beforeEach(async () => {
  world = await startModelWorld();
});
afterEach(async () => await world.stop());

describe("the key", () => {
  test("H31, H36: the agent's own credentials are dropped and the organization's key goes in", async () => {
    await world.post("/v1/messages?beta=true", {
      "x-api-key": "attacker",
      authorization: "Bearer attacker",
      cookie: "a=b",
      "proxy-authorization": "Basic attacker",
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "tools-1",
      "x-stainless-lang": "js",
      "x-forwarded-for": "203.0.113.9",
      "Nightgate-Run": "run_0123456789ab",
    });
    const { headers, url } = world.received[0]?.request ?? {};
    expect(url).toBe("/v1/messages?beta=true");
    expect(headers).toMatchObject({
      "x-api-key": CANARY,
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "tools-1",
      "x-stainless-lang": "js",
    });
    expect(JSON.stringify(headers)).not.toMatch(/attacker|a=b|203\.0\.113|run_/);
    expect(world.calls[0]?.run).toBe("run_0123456789ab");
  });

  test("a subscription's token goes as a bearer, and so does an OpenAI key", async () => {
    world.key = "sk-ant-oat01-token";
    await world.post("/v1/messages");
    expect(world.received[0]?.request.headers).toMatchObject({ authorization: "Bearer sk-ant-oat01-token" });
    expect(world.received[0]?.request.headers["x-api-key"]).toBeUndefined();
    Object.assign(world.resource, { api: "openai" });
    world.key = " sk-openai-123456\n";
    await world.post("/v1/responses");
    expect(world.received[1]?.request.headers.authorization).toBe("Bearer sk-openai-123456");
  });

  test("no key: the API's own error, with the sentence for the human, and the run's record", async () => {
    world.key = null;
    const answer = await world.post("/v1/messages", { "Nightgate-Run": "run_0123456789ab" });
    expect(answer.status).toBe(401);
    expect(answer.headers["x-should-retry"]).toBe("false");
    expect(JSON.parse(answer.body)).toEqual({
      type: "error",
      error: {
        type: "authentication_error",
        message: "No model key is set: ask your human to set it on the gate’s vault page.",
      },
    });
    Object.assign(world.resource, { api: "openai" });
    expect(JSON.parse((await world.post("/v1/chat/completions")).body)).toMatchObject({
      error: { code: "invalid_api_key" },
    });
    expect(world.calls).toMatchObject([{ status: 401, run: "run_0123456789ab" }, { status: 401 }]);
    expect(world.received).toEqual([]);
  });

  test.each(["no blanks please", "sk-ant-x\r\nx: y", "clé-secrète"])(
    "V1: a key that is none is not quoted: %j",
    async (bad) => {
      world.key = bad;
      const answer = await world.post("/v1/messages");
      expect(answer.status).toBe(401);
      expect(answer.body + world.log.text()).not.toContain(bad);
      expect(world.received).toEqual([]);
    },
  );

  test("invariant 2: a key that the upstream echoes is in no body, header or world.log, also across chunks", async () => {
    world.listener = (request, response) => {
      response.writeHead(200, {
        "content-type": "text/event-stream",
        "x-debug": `key=${request.headers["x-api-key"] as string}`,
      });
      response.write(`data: {"echo":"${CANARY.slice(0, 11)}`);
      setTimeout(() => {
        response.write(CANARY.slice(11, 20));
        setTimeout(() => response.end(`${CANARY.slice(20)}"} ${CANARY}${CANARY}\n\n`), 20);
      }, 20);
    };
    const answer = await world.post("/v1/messages");
    expect(JSON.stringify(answer) + world.log.text()).not.toContain(CANARY);
    expect(answer.body).toBe(
      'data: {"echo":"[removed by nightgate]"} [removed by nightgate][removed by nightgate]\n\n',
    );
    world.answerJson(401, { error: { message: `invalid key ${CANARY}` } });
    expect((await world.post("/v1/messages")).body).toBe(
      '{"error":{"message":"invalid key [removed by nightgate]"}}',
    );
  });
});
