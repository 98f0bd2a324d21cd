/** Every way in which people write a remote leads to the gate: each form is pushed to by a real git, with the configuration of a workstation. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gitconfig } from "./gitconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "nightgate-gitconfig-"));
const gate = join(folder, "gate");
const work = join(folder, "work");
const system = join(folder, "gitconfig");

function git(cwd: string, ...args: string[]): string {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    GIT_CONFIG_SYSTEM: system,
    GIT_TERMINAL_PROMPT: "0",
    GIT_SSH_COMMAND: "false",
  };
  return execFileSync("git", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

beforeAll(() => {
  mkdirSync(work);
  writeFileSync(
    system,
    gitconfig({
      workstation: "ws_aaaaaaaaaaaa",
      repositories: [
        {
          resource: "res_aaaaaaaaaaaa",
          name: "acme/shop",
          url: "https://git.example.com/acme/shop.git",
          gateUrl: gate,
          aliases: [
            "git@git.example.com:acme/shop.git",
            "ssh://git@git.example.com/acme/shop.git",
            "ssh://git@git.example.com:22/acme/shop.git",
          ],
        },
      ],
      models: [],
    }),
  );
  git(folder, "init", "--quiet", "--bare", gate);
  git(work, "init", "--quiet");
  git(work, "commit", "--quiet", "--allow-empty", "-m", "First");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["https", "https://git.example.com/acme/shop.git"],
  ["https without its ending", "https://git.example.com/acme/shop"],
  ["scp", "git@git.example.com:acme/shop.git"],
  ["scp without its ending", "git@git.example.com:acme/shop"],
  ["ssh", "ssh://git@git.example.com/acme/shop.git"],
  ["ssh with its port", "ssh://git@git.example.com:22/acme/shop.git"],
])("a push to a remote in the form of %s arrives", (name, remote) => {
  const branch = name.replaceAll(" ", "-");
  git(work, "push", "--quiet", remote, `HEAD:refs/heads/${branch}`);
  expect(git(gate, "rev-parse", branch)).toBe(git(work, "rev-parse", "HEAD"));
});

test("another repository of the same host is not taken for it", () => {
  expect(() => git(work, "push", "--quiet", "git@git.example.com:acme/other.git", "HEAD:x")).toThrow(
    "Could not read from remote repository",
  );
});
