// A page says where messages go, so a page could point the gate at the operator's own network: only https on the internet passes.
import { expect, test } from "vitest";
import { readEndpoint } from "./endpoint.ts";

const none = new Set<string>();

test.each([
  "https://fcm.googleapis.com/fcm/send/abc",
  "https://updates.push.services.mozilla.com/wpush/v2/abc",
  "https://web.push.apple.com/abc",
  "https://push.example.com:8443/x?y=1",
])("%s is taken", (endpoint) => {
  const url = new URL(endpoint);
  expect(readEndpoint(endpoint, none)).toMatchObject({
    host: url.hostname,
    path: url.pathname + url.search,
    named: false,
  });
});

test.each([
  "http://push.example.com/x",
  "https://127.0.0.1/x",
  "https://2130706433/x",
  "https://127.1/x",
  "https://[::1]/x",
  "https://[::ffff:10.0.0.1]/x",
  "https://10.0.0.8/x",
  "https://169.254.169.254/latest",
  "https://localhost/x",
  "https://gate.localhost/x",
  "https://printer.local/x",
  "https://metadata.google.internal/x",
  "https://router/x",
  "https://user:pass@push.example.com/x",
  "ftp://push.example.com/x",
  "not an address",
])("%s is refused", (endpoint) => {
  expect(() => readEndpoint(endpoint, none)).toThrow(
    expect.objectContaining({ code: "push.endpoint-refused" }) as Error,
  );
});

test("a host of the operator's settings passes, over https only", () => {
  const own = new Set(["127.0.0.1"]);
  expect(readEndpoint("https://127.0.0.1:9000/push", own)).toEqual({
    host: "127.0.0.1",
    port: 9000,
    path: "/push",
    named: true,
  });
  expect(() => readEndpoint("http://127.0.0.1:9000/push", own)).toThrow(/https/);
  expect(() => readEndpoint("https://127.0.0.2/push", own)).toThrow(/public internet/);
});
