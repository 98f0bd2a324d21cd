import { expect, test } from "vitest";
import { taskAbilities } from "./policy.ts";

test("a viewer can do nothing with a task, in any state", () => {
  for (const state of ["sending", "queued", "running", "awaiting_input", "succeeded", "failed"] as const) {
    expect(taskAbilities({ role: "viewer" }, state)).toEqual({
      prompt: false,
      interrupt: false,
      cancel: false,
      retry: false,
      answer: false,
    });
  }
});

test("a live run can be steered, stopped and cancelled, an ended one run again or gone on with", () => {
  expect(taskAbilities({ role: "member" }, "running")).toEqual({
    prompt: true,
    interrupt: true,
    cancel: true,
    retry: false,
    answer: true,
  });
  expect(taskAbilities({ role: "member" }, "awaiting_approval")).toEqual({
    prompt: true,
    interrupt: false,
    cancel: true,
    retry: false,
    answer: true,
  });
  expect(taskAbilities({ role: "member" }, "failed")).toEqual({
    prompt: true,
    interrupt: false,
    cancel: false,
    retry: true,
    answer: true,
  });
});

test("what the runner has not made yet can only be waited for", () => {
  for (const state of ["sending", "refused"] as const)
    expect(taskAbilities({ role: "owner" }, state)).toEqual({
      prompt: false,
      interrupt: false,
      cancel: false,
      retry: false,
      answer: false,
    });
});
