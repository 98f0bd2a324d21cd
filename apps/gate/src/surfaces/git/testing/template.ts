/** The two repositories that every git test begins with, made once per test file and copied: an upstream, and a clone of it. */
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { gitEnvironment } from "./client.ts";

let made: string | null = null;

// Each test file imports this anew, and removes its own.
afterAll(() => {
  if (made !== null) rmSync(made, { recursive: true, force: true });
});

/** Copies the upstream to `upstreamDir` and the clone to `work`. The upstream has two commits on main and a tag v1. */
export function copyTemplate(upstreamDir: string, work: string): void {
  made ??= make();
  cpSync(join(made, "upstream.git"), upstreamDir, { recursive: true });
  cpSync(join(made, "work"), work, { recursive: true });
}

/** Names the gate as the clone's origin. */
export function setOrigin(work: string, url: string): void {
  const config = `[remote "origin"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n`;
  appendFileSync(join(work, ".git", "config"), config);
}

function make(): string {
  const root = mkdtempSync(join(tmpdir(), "nightgate-git-template-"));
  const [upstream, work] = [join(root, "upstream.git"), join(root, "work")];
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: work, encoding: "utf8", env: gitEnvironment(root) });
  mkdirSync(join(work, "src"), { recursive: true });
  git("init", "--quiet", "--bare", "--initial-branch=main", upstream);
  git("--git-dir", upstream, "config", "http.receivepack", "true");
  git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(work, "README.md"), "# Shop\n");
  git("add", "-A");
  git("commit", "--quiet", "-m", "Begin");
  writeFileSync(join(work, "src/shop.ts"), "export const price = 1;\nexport const tax = 2;\n");
  git("add", "-A");
  git("commit", "--quiet", "-m", "Sell");
  git("tag", "v1");
  git("push", "--quiet", upstream, "main", "v1");
  git("update-ref", "refs/remotes/origin/main", "main");
  return root;
}
