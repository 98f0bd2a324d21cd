import { expect, test } from "vitest";
import { cut } from "../../server/plain.ts";
import { presentEvent, presentRun, repositoryName, titleOf } from "./present.ts";

test("an event that cannot be read becomes a note, not an error", () => {
  expect(presentEvent({ seq: 1, at: new Date(5), body: { kind: "from the future" } })).toEqual({
    seq: 1,
    at: 5,
    kind: "note",
    text: "An event that this version of Nightgate cannot show.",
  });
});

test("a tool call leaves without its input and output", () => {
  const body = {
    kind: "tool",
    call: "c",
    title: "t",
    tool: "execute",
    status: "completed",
    input: "SECRET-IN",
    output: "SECRET-OUT",
    preview: "\n\n first line\nsecond",
    paths: ["a.ts", 7],
  };
  const shown = presentEvent({ seq: 1, at: new Date(0), body });
  expect(shown).toMatchObject({ preview: "first line", paths: ["a.ts"] });
  expect(JSON.stringify(shown)).not.toContain("SECRET");
});

test("long texts are cut and say so", () => {
  expect(cut("abcdef", 3)).toBe("abc … (3 more characters)");
  expect(cut("abc", 3)).toBe("abc");
});

test("a state that is not known reads as failed, never as done", () => {
  const row = {
    id: "run_1",
    state: "?",
    result: "",
    error: "",
    resumeAt: null,
    createdAt: new Date(0),
    startedAt: null,
    endedAt: null,
  };
  expect(presentRun(row, 1).state).toBe("failed");
});

test("a repository and a task have short names", () => {
  expect(repositoryName("https://github.com/acme/shop.git")).toBe("acme/shop");
  expect(titleOf("  Fix it\nall of it")).toBe("Fix it");
  expect(titleOf("x".repeat(500))).toHaveLength(120);
});
