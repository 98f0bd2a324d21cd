import { expect, test } from "vitest";
import { sayQueuedWhy } from "./queued-why.ts";

const none = { lockKey: null, lockRun: null, opens: null };

test.each([
  [{ ...none, why: "night", opens: "20:00 Europe/Berlin" }, "at 20:00 Europe/Berlin"],
  [{ ...none, why: "budget" }, "budget is used up"],
  [{ ...none, why: "workstation" }, "not connected"],
  [{ ...none, why: "lock", lockKey: "named/ws_1/gpu", lockRun: "run_1" }, "The lock gpu is taken (run_1)"],
  [{ ...none, why: "lock", lockKey: "folder/ws_1/res_1" }, "in its repository's folder"],
  [{ ...none, why: "lock", lockKey: "organization" }, "the organization may have"],
  [{ ...none, why: "lock", lockKey: "workstation/ws_1" }, "on its workstation"],
  [{ ...none, why: "turn" }, "about to begin"],
])("%j", (row, words) => {
  expect(sayQueuedWhy(row)).toContain(words);
});
