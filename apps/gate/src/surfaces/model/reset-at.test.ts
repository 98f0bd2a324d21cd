import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resetAtMs } from "./reset-at.ts";
import { type ModelWorld, startModelWorld } from "./testing/model-world.ts";

const NOW = Date.parse("2026-11-21T03:00:00Z");
const inSeconds = (status: number, headers: Record<string, string>): number | null => {
  const at = resetAtMs(status, Object.entries(headers), NOW);
  return at === null ? null : (at - NOW) / 1000;
};

describe("when a limit ends", () => {
  test("the window that is used up counts, the latest of them", () => {
    const headers = {
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": "2026-11-21T03:00:01Z",
      "anthropic-ratelimit-tokens-remaining": "0",
      "anthropic-ratelimit-tokens-reset": "2026-11-21T03:20:00Z",
      "anthropic-ratelimit-output-tokens-remaining": "0",
      "anthropic-ratelimit-output-tokens-reset": "2026-11-21T03:05:00Z",
    };
    expect(inSeconds(429, headers)).toBe(1200);
    expect(inSeconds(429, { ...headers, "retry-after": "90" })).toBe(90);
  });

  test.each([
    ["6m0s", 360],
    ["1h2m3.5s", 3723.5],
    ["250ms", 0.25],
    ["2m59.56s", 179.56],
  ])("OpenAI's %s", (value, seconds) => {
    expect(
      inSeconds(429, { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": value }),
    ).toBeCloseTo(seconds, 2);
  });

  test("a subscription's, in seconds since the epoch", () => {
    const reset = String(NOW / 1000 + 5 * 3600);
    expect(inSeconds(429, { "anthropic-ratelimit-unified-reset": reset })).toBe(5 * 3600);
  });

  test("nothing is believed that says nothing, is past, or would last for ever", () => {
    for (const value of ["soon", "", "-5s", "2020-01-01T00:00:00Z", "1e9"])
      expect(inSeconds(429, { "anthropic-ratelimit-tokens-reset": value })).toBeNull();
    expect(inSeconds(429, { "x-ratelimit-reset-tokens": "9999d" })).toBe(7 * 24 * 3600);
    expect(inSeconds(200, { "x-ratelimit-reset-tokens": "6m0s" })).toBeNull();
    expect(inSeconds(401, { "retry-after": "6" })).toBeNull();
  });
});

describe("on the wire", () => {
  let world: ModelWorld;
  beforeEach(async () => {
    world = await startModelWorld();
  });
  afterEach(async () => await world.stop());

  test("what the provider says is kept with the call, and its client is told to stop", async () => {
    const reset = new Date(Date.now() + 600_000).toISOString();
    world.answerJson(
      429,
      { type: "error", error: { type: "rate_limit_error", message: "no" } },
      { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": reset },
    );
    const answer = await world.post("/v1/messages");
    expect(answer.headers["x-should-retry"]).toBe("false");
    expect(world.calls).toMatchObject([
      { status: 429, retryAfterSeconds: null, resetAtMs: Date.parse(reset) },
    ]);
  });
});
