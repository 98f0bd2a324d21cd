/** Calls of verbs across connections: asked again with the same id until they are answered, and never without end. */
import type { AgentdMessage } from "@nightgate/shared/agentd-protocol";
import type { Clock } from "@nightgate/shared/clock";
import { beforeEach, expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { VerbCalls } from "./verb-calls.ts";

type Ask = Extract<AgentdMessage, { type: "verb" }>;

const patience = new AbortController().signal;
const call = (id: string): { id: string; run: null; verb: string; args: Record<string, unknown> } => ({
  id,
  run: null,
  verb: "whoami",
  args: {},
});
const outcome = { ok: true as const, result: { who: "me" } };
let over: () => void;
let calls: VerbCalls;
let sent: Ask[];
const send = (message: Ask): void => void sent.push(message);
beforeEach(() => {
  sent = [];
  const clock: Clock = {
    now: () => 0,
    wait: async (_ms, signal) =>
      await new Promise((resolve, reject) => {
        over = resolve;
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  };
  calls = new VerbCalls(clock);
});

test("what was not answered is asked again when the runner is back, and then no more", async () => {
  const asked = calls.ask(call("a"), patience);
  expect(sent).toEqual([]);
  calls.attach(send);
  calls.detach(send);
  calls.attach(send);
  expect(sent.map(({ id }) => id)).toEqual(["a", "a"]);
  calls.settled("a", outcome);
  expect(await asked).toEqual(outcome);
  calls.attach(send);
  expect(sent).toHaveLength(2);
});

test("one id asked by two is one question, and both hear its answer", async () => {
  calls.attach(send);
  const both = [calls.ask(call("a"), patience), calls.ask(call("a"), patience)];
  calls.settled("a", outcome);
  expect(await Promise.all(both)).toEqual([outcome, outcome]);
});

test("an answer that does not come, or that nobody waits for any more, is not waited for", async () => {
  const late = calls.ask(call("a"), patience);
  over();
  await expect(late).rejects.toMatchObject({ code: "runner.away" });
  const gone = new AbortController();
  const left = calls.ask(call("b"), gone.signal);
  gone.abort();
  await expect(left).rejects.toMatchObject({ code: "runner.away" });
  calls.attach(send);
  expect(sent).toEqual([]);
});

test("invariant 12: more than so many at once are refused", async () => {
  const open = Array.from({ length: LIMITS.verbCallsOpenMax }, (_, index) =>
    calls.ask(call(`${index}`), patience),
  );
  await expect(calls.ask(call("one more"), patience)).rejects.toMatchObject({ code: "too-many" });
  calls.attach(send);
  for (const { id } of sent) calls.settled(id, outcome);
  expect(await Promise.all(open)).toHaveLength(LIMITS.verbCallsOpenMax);
});
