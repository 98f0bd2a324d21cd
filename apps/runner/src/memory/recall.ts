/** What is laid in front of a run's first prompt where its job reads memory. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { noteUses, searchMemories } from "./find.ts";
import { MEMORY_LIMITS } from "./limits.ts";
import { preface } from "./words.ts";

/** The text to put before the prompt; empty where nothing fits. The run is counted as having used what it is shown. */
export async function recall(
  tx: JobsTransaction,
  organization: string,
  { run, repository, prompt }: { run: string; repository: string | null; prompt: string },
  now: Date,
): Promise<string> {
  const found = await searchMemories(tx, {
    words: prompt.slice(0, 4_000),
    scopes: repository === null ? [""] : ["", repository],
    kind: null,
    tag: null,
    limit: MEMORY_LIMITS.prefaceMemoriesMax,
  });
  await noteUses(tx, organization, { run, memories: found.map(({ id }) => id) }, now);
  return preface(found);
}
