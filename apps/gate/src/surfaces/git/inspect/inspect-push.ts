/** Everything that is to be known of a push before a person is asked. Reads objects only; decides nothing. */
import { ABSENT_OBJECT, type RefUpdate } from "@nightgate/shared/actions";
import type { Git } from "../git-process.ts";
import type { Compared } from "../mirror/held-refs.ts";
import type { Mirror } from "../mirror/mirrors.ts";

export interface PushFacts {
  compared: Compared[];
  commitCount: number;
  agentWords: string;
}

export async function inspectPush(git: Git, mirror: Mirror, updates: readonly RefUpdate[]): Promise<PushFacts> {
  const compared: Compared[] = [];
  let commitCount = 0;
  for (const update of updates) {
    const base = update.old === ABSENT_OBJECT ? null : update.old;
    compared.push({ update, base });
    if (update.new === ABSENT_OBJECT) continue;
    const count = await git.must({ args: ["rev-list", "--count", update.new, ...(base === null ? [] : [`^${base}`])], dir: mirror.dir });
    commitCount += Number(count.toString("latin1").trim());
  }
  return { compared, commitCount, agentWords: "" };
}
