import type { IncomingMessage } from "node:http";
import { newId } from "@nightgate/shared/ids";
import { expect, test } from "vitest";
import { takeRunHint } from "./run-hint.ts";

const run = newId("run");
const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

function request(headers: Record<string, string>): IncomingMessage {
  return {
    headers: { ...headers },
    rawHeaders: Object.entries(headers).flat(),
  } as unknown as IncomingMessage;
}

test.each([
  [{ "nightgate-run": run }, run],
  [{ "proxy-authorization": basic(`${run}:run`) }, run],
  [{ "nightgate-run": run, "proxy-authorization": basic(`${newId("run")}:run`) }, run],
  [{ "proxy-authorization": basic("somebody:else") }, null],
  [{ "proxy-authorization": "Bearer x" }, null],
  [{ "proxy-authorization": `Basic ${"A".repeat(500)}` }, null],
  [{ "nightgate-run": "run_; DROP TABLE" }, null],
  [{}, null],
])("%j says %s", (headers, expected) => {
  expect(takeRunHint(request(headers))).toBe(expected);
});

test("H36: whatever it says, no handler gets to see it", () => {
  const asked = request({ "Nightgate-Run": run, "Proxy-Authorization": basic(`${run}:run`), accept: "*/*" });
  takeRunHint(asked);
  expect(asked.rawHeaders).toEqual(["accept", "*/*"]);
});
