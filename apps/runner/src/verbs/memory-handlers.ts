/** Carries out the verbs of memorys. */
import type { memoryVerbs } from "@nightgate/shared/verbs/memory-verbs";
import type { Handlers } from "./caller.ts";

export const memoryHandlers: Handlers<typeof memoryVerbs> = {};
