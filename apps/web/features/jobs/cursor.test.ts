import { newId } from "@nightgate/shared/ids";
import { expect, test } from "vitest";
import { parseCursor, printCursor } from "./cursor.ts";

test("a cursor survives its way to the browser and back", () => {
  const cursor = new Map([
    [newId("run"), 12],
    [newId("run"), 0],
  ]);
  expect(parseCursor(printCursor(cursor))).toEqual(cursor);
});

test.each(["", null, "garbage", "run_x.1", `${newId("run")}.-1`, `${newId("run")}.1e99`, "~~~..~"])(
  "%j counts as nothing seen",
  (text) => {
    expect(parseCursor(text).size).toBe(0);
  },
);

test("a cursor of many runs is cut at the limit", () => {
  const text = Array.from({ length: 500 }, () => `${newId("run")}.1`).join("~");
  expect(parseCursor(text).size).toBe(100);
});
