/** A memory as the verbs tell of it. */
import { memoryVerbs } from "@nightgate/shared/verbs/memory-verbs";
import type { z } from "zod";

export const listedMemories = memoryVerbs.memory_list.result;
export type MemoryView = z.infer<typeof listedMemories>["memories"][number];
