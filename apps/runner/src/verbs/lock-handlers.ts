/** Carries out the verbs of locks. */
import type { lockVerbs } from "@nightgate/shared/verbs/lock-verbs";
import type { Handlers } from "./caller.ts";

export const lockHandlers: Handlers<typeof lockVerbs> = {};
