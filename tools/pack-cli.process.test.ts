/** The command as it would be published: installed from its own tarball it runs alone, without this repository around it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("the packed tarball, installed in an empty folder, is nightgate alone: it helps, wants a login, and verifies without a gate", () => {
  const folder = mkdtempSync(join(tmpdir(), "nightgate-packed-"));
  try {
    const script = fileURLToPath(new URL("pack-cli.mjs", import.meta.url));
    const tarball = execFileSync(process.execPath, [script, folder], { encoding: "utf8" }).trim();
    const empty = join(folder, "empty");
    mkdirSync(empty);
    writeFileSync(join(empty, "package.json"), "{}");
    writeFileSync(join(empty, "log.json"), "{}");
    const run = (
      command: string,
      ...args: string[]
    ): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(command, args, {
        cwd: empty,
        encoding: "utf8",
        env: { PATH: process.env["PATH"] ?? "", HOME: folder, npm_config_cache: join(folder, "cache") },
      });
    expect(run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball)).toMatchObject({
      status: 0,
    });
    expect(readdirSync(join(empty, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "nightgate",
    ]);
    expect(readdirSync(join(empty, "node_modules/nightgate")).toSorted()).toEqual([
      "README.md",
      "nightgate.mjs",
      "package.json",
    ]);
    expect(run("npx", "--offline", "nightgate", "--version")).toMatchObject({ status: 0, stdout: "0.1.0\n" });
    const bin = join(empty, "node_modules/.bin/nightgate");
    expect(run(bin, "help")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/login[^]*logout[^]*audit/) as string,
    });
    expect(run(bin, "whoami")).toMatchObject({
      status: 77,
      stderr: expect.stringContaining("nightgate login") as string,
    });
    expect(run(bin, "audit", "verify", "log.json")).toMatchObject({
      status: 66,
      stderr: expect.stringContaining("not an exported log") as string,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
