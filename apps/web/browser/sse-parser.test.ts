import fc from "fast-check";
import { expect, test } from "vitest";
import { printMessage } from "../server/sse.ts";
import { createSseParser } from "./sse-parser.ts";

test("what the server prints is what the page reads, however the network cuts it", () => {
  const message = fc.record({
    event: fc.constantFrom("task", "events"),
    id: fc.stringMatching(/^[a-z0-9_.~]{1,20}$/),
    data: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), (messages, size) => {
      const text = messages.map(printMessage).join("");
      const parse = createSseParser();
      const read = [];
      for (let at = 0; at < text.length; at += size) read.push(...parse(text.slice(at, at + size)));
      expect(read).toEqual(
        messages.map((each) => ({ event: each.event, id: each.id, data: JSON.stringify(each.data) })),
      );
    }),
  );
});

test("comments and blocks without data are nothing", () => {
  expect(createSseParser()(": hello\n\nevent: x\n\n")).toEqual([]);
});
