/** Carries out the verbs of holds. */
import type { holdVerbs } from "@nightgate/shared/verbs/hold-verbs";
import type { Handlers } from "./caller.ts";

export const holdHandlers: Handlers<typeof holdVerbs> = {};
