/** The runner of git: what it gives a process, and when it ends one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createGit, ended, type Git } from "./git-process.ts";
import { GIT_LIMITS } from "./limits.ts";

let folder: string;
let git: Git;
const stopping = new AbortController();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nightgate-git-process-"));
  git = createGit({
    limits: { ...GIT_LIMITS, outputBytesMax: 10_000 },
    clock: systemClock,
    home: folder,
    signal: stopping.signal,
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("nothing of the gate's own environment or of the machine's git settings reaches git", async () => {
  vi.stubEnv("GIT_TRACE", "1");
  vi.stubEnv("GIT_SSH_COMMAND", "evil");
  vi.stubEnv("SOME_SECRET", "canary");
  const output = await git.must({ args: ["-c", "alias.show-env=!env", "show-env"], dir: folder });
  const names = output
    .toString("utf8")
    .split("\n")
    .map((line) => line.split("=")[0]);
  expect(names).not.toContain("GIT_TRACE");
  expect(names).not.toContain("GIT_SSH_COMMAND");
  expect(output.toString("utf8")).not.toContain("canary");
  expect(names).toContain("GIT_CONFIG_NOSYSTEM");
});

test("a command over its time is ended with what it started", async () => {
  await expect(
    git.run({ args: ["-c", "alias.hang=!sleep 60", "hang"], dir: folder, timeoutMs: 100 }),
  ).rejects.toMatchObject({ code: "git.too-slow" });
});

test("a command over its output limit is ended", async () => {
  await expect(git.run({ args: ["-c", "alias.flood=!yes", "flood"], dir: folder })).rejects.toMatchObject({
    code: "git.too-large",
  });
});

test("a waiting git whose gate dies before the word never starts (invariant 6)", async () => {
  const child = git.spawnWaiting({ args: ["-c", "alias.mark=!touch started", "mark"], dir: folder });
  const closed = ended(child);
  child.stdio[3]?.destroy();
  expect(await closed).toBe(97);
  await expect(
    git.must({ args: ["-c", "alias.look=!test -e started", "look"], dir: folder }),
  ).rejects.toMatchObject({ code: "git.broken" });
});
