import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Ways by which a program stops to verify whom it speaks to. */
const UNVERIFIED =
  /rejectUnauthorized\s*:(?!\s*true\b)|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity|sslVerify\s*=?\s*false|GIT_SSL_NO_VERIFY|insecureHTTPParser\s*:\s*true/;

test("T4: nothing in the gate switches verification off", () => {
  const folder = join(import.meta.dirname, "..");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.filter((file) => UNVERIFIED.test(readFileSync(join(folder, file), "utf8")))).toEqual([]);
});
