/** Who asks too much is told so, and nobody else is. */
import { Problem } from "@nightgate/shared/problems";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { Admissions } from "./admissions.ts";

const clock = { at: 0, now: () => clock.at, wait: async () => await Promise.resolve() };

test("invariant 12: so many at once, each place given back; so many in a minute, and the next one is a new one", () => {
  const admissions = new Admissions(clock);
  const leave = Array.from({ length: LIMITS.verbCallsAtOnceMax }, () => admissions.enter("ws_a"));
  expect(admissions.enter("ws_a")).toMatchObject({ code: "too-many", details: { what: "calls at once" } });
  expect(admissions.enter("ws_b")).toBeTypeOf("function");
  for (const each of leave) if (!(each instanceof Problem)) each();
  for (let count = LIMITS.verbCallsAtOnceMax; count < LIMITS.verbCallsPerMinuteMax; count += 1) {
    const entered = admissions.enter("ws_a");
    if (!(entered instanceof Problem)) entered();
  }
  expect(admissions.enter("ws_a")).toMatchObject({
    code: "too-many",
    details: { what: "calls in a minute" },
  });
  clock.at += 60_000;
  expect(admissions.enter("ws_a")).toBeTypeOf("function");
});
