/**
 * What agentd must still know about a run after it was itself killed: which commands it has taken, which prompts wait, which session to resume.
 * One small file per run, replaced as a whole and synced before a command is answered, so that nothing is done twice.
 */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { runId } from "@nightgate/shared/ids";
import { z } from "zod";
import { commandSpec } from "../commands/command-spec.ts";

const runRecord = z.object({
  run: runId,
  agent: z.union([z.enum(AGENTS), z.literal("command")]),
  /** What it runs instead of an agent. */
  command: commandSpec.optional(),
  session: z.string().nullable(),
  repository: z.object({ url: z.string(), folder: z.string() }).nullable(),
  /** Where the agent works, once that is known. */
  folder: z.string().nullable(),
  /** True while a process of this run may be alive. */
  live: z.boolean(),
  /** Numbers of the log before this one, if it was made anew. */
  firstSeq: z.int().min(1),
  acked: z.int().min(0),
  commands: z.array(z.object({ id: z.string(), ok: z.boolean(), error: z.string().optional() })),
  /** Every prompt that was ever taken. */
  prompts: z.array(z.string()),
  waiting: z.array(z.object({ prompt: z.string(), text: z.string(), file: z.string().optional() })),
});
export type RunRecord = z.infer<typeof runRecord>;

/** Reads a record; null if there is none or it cannot be read. */
export async function readRunRecord(file: string): Promise<RunRecord | null> {
  try {
    return runRecord.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}

/** Replaces the record durably. */
export async function writeRunRecord(file: string, record: RunRecord): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(`${file}.new`, "w", 0o600);
  try {
    await handle.writeFile(JSON.stringify(record));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
