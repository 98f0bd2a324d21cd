/** The table of verbs: that all of them can be commands, tools and questions, and that none of them decides anything. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { WAIT_SECONDS_MAX } from "./verb.ts";
import { argumentFaults, findVerb, verbsFor, VERBS, verbTools, waitSecondsOf } from "./verbs.ts";

const described = z.object({
  properties: z.record(z.string(), z.looseObject({ description: z.string().default("") })).default({}),
});

test("invariant 4: no verb approves, rejects, or touches secrets, policy or grants", () => {
  expect(
    Object.keys(VERBS).filter((name) => /approve|reject|decide|secret|policy|grant|passkey/.test(name)),
  ).toEqual([]);
});

describe.each(Object.entries(VERBS))("%s", (name, verb) => {
  test("says what it does, and what each of its arguments is", () => {
    expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(verb.summary).toMatch(/^[A-Z].*\.$/s);
    const { properties } = described.parse(z.toJSONSchema(verb.args, { io: "input" }));
    const silent = Object.entries(properties).filter(([, { description }]) => !/\w/.test(description));
    expect(silent).toEqual([]);
  });

  test("stands alone on the command line, with what is positional among its arguments", () => {
    const twins = Object.values(VERBS).filter(({ command }) => command !== null && command === verb.command);
    expect(twins.length).toBeLessThanOrEqual(1);
    const keys = Object.keys(verb.args.shape);
    for (const key of (verb as { positional?: readonly string[] }).positional ?? [])
      expect(keys).toContain(key);
  });
});

test("tools are those that the asker may ask, with schemas of objects", () => {
  for (const who of ["agent", "person"] as const) {
    const tools = verbTools(who);
    expect(tools.map(({ name }) => name)).toEqual(verbsFor(who).map(([name]) => name));
    for (const { inputSchema, outputSchema } of tools)
      expect([inputSchema.type, outputSchema.type]).toEqual(["object", "object"]);
  }
  expect(verbTools("agent").some(({ name }) => name === "lock_set")).toBe(false);
});

test("arguments that are wrong are named, one by one", () => {
  const why = argumentFaults(VERBS.job_list, { limit: "many", state: ["asleep"] });
  expect(why).toContain("limit: ");
  expect(why).toContain("state.0: ");
  expect(argumentFaults(VERBS.job_list, {})).toBeNull();
  expect(findVerb("toString")).toBeNull();
});

test("how long a call waits is what it says, what the verb does by itself, or nothing", () => {
  expect(waitSecondsOf("job_wait", { jobs: ["job_a"], wait_seconds: 7 })).toBe(7);
  expect(waitSecondsOf("job_wait", { jobs: ["job_a"] })).toBe(30);
  expect(waitSecondsOf("job_wait", { jobs: ["job_a"], wait_seconds: WAIT_SECONDS_MAX + 1 })).toBe(0);
  expect(waitSecondsOf("whoami", {})).toBe(0);
});
