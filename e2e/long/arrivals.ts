/** What arrived at the rehearsal's upstream, as git itself wrote it down there: every move of every branch. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface Arrival {
  ref: string;
  sha: string;
}

/** Since `keepPushLog`. */
export function arrivals(home: string): Arrival[] {
  const logs = join(home, "rehearsal/git/sample-shop.git/logs");
  return readdirSync(join(logs, "refs/heads"), { recursive: true })
    .map((name) => `refs/heads/${String(name)}`)
    .filter((ref) => statSync(join(logs, ref)).isFile())
    .flatMap((ref) =>
      readFileSync(join(logs, ref), "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => ({ ref, sha: line.split(" ")[1] ?? "" })),
    );
}
