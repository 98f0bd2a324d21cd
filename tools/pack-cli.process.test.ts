/** The command as it would be published: installed from its own tarball it runs alone, without this repository around it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("npx with the packed tarball runs nightgate, which verifies without a gate", () => {
  const folder = mkdtempSync(join(tmpdir(), "nightgate-packed-"));
  try {
    const script = fileURLToPath(new URL("pack-cli.mjs", import.meta.url));
    const tarball = execFileSync(process.execPath, [script, folder], { encoding: "utf8" }).trim();
    writeFileSync(join(folder, "log.json"), "{}");
    const npx = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync("npx", ["--yes", "--offline", "--package", tarball, "nightgate", ...args], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, npm_config_cache: join(folder, "cache") },
      });
    expect(npx("--version")).toMatchObject({ status: 0, stdout: "0.1.0\n" });
    expect(npx("audit", "verify", "log.json")).toMatchObject({
      status: 66,
      stderr: expect.stringContaining("not an exported log") as string,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
