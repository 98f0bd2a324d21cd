/** The rehearsal's upstream as it lies on its own disk: what really arrived, not what anybody says of it. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

function git(home: string, ...args: string[]): string {
  const repository = join(home, "rehearsal/git/sample-shop.git");
  // As the user that it belongs to: what a test changed as root, the rehearsal could not read any more.
  const { uid, gid } = statSync(repository);
  return execFileSync("git", ["-c", "safe.directory=*", `--git-dir=${repository}`, ...args], {
    encoding: "utf8",
    cwd: "/",
    uid,
    gid,
  }).trim();
}

/** The commit that a ref of the sample repository names, or null. */
export function upstreamSha(home: string, ref = "refs/heads/main"): string | null {
  return git(home, "for-each-ref", "--format=%(objectname)", ref) || null;
}

/** Every ref, by name. */
export function upstreamRefs(home: string): Record<string, string> {
  const lines = git(home, "for-each-ref", "--format=%(refname) %(objectname)").split("\n").filter(Boolean);
  return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
}

/** A file of the upstream's main branch. */
export function upstreamFile(home: string, path: string): string {
  return git(home, "show", `refs/heads/main:${path}`);
}

/** Moves the upstream's main behind everybody's back, as a colleague's push would. Answers the new commit. */
export function pushAsColleague(home: string, message: string): string {
  const identity = ["-c", "user.name=Colleague", "-c", "user.email=colleague@example.test"];
  const commit = git(
    home,
    ...identity,
    "commit-tree",
    "-p",
    "refs/heads/main",
    "-m",
    message,
    "refs/heads/main^{tree}",
  );
  git(home, "update-ref", "refs/heads/main", commit);
  return commit;
}

const secrets = z.object({ credential: z.string(), key: z.string() });

/** What the gate holds for the rehearsal's resources: canaries, for searches that must find nothing. */
export function rehearsalSecrets(home: string): string[] {
  const { credential, key } = secrets.parse(
    JSON.parse(readFileSync(join(home, "rehearsal/secrets.json"), "utf8")),
  );
  return [credential, credential.split(":")[1] ?? credential, key];
}

/** From now on the upstream keeps a log of what main was moved to, written by git itself. */
export function keepPushLog(home: string): void {
  git(home, "config", "core.logAllRefUpdates", "always");
}

/** How many times main was moved to a commit, since `keepPushLog`. */
export function timesArrived(home: string, commit: string): number {
  const lines = git(home, "log", "-g", "--format=%H", "refs/heads/main", "--").split("\n");
  return lines.filter((line) => line === commit).length;
}
