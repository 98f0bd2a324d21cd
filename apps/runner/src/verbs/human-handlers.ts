/** Carries out the verbs of humans. */
import type { humanVerbs } from "@nightgate/shared/verbs/human-verbs";
import type { Handlers } from "./caller.ts";

export const humanHandlers: Handlers<typeof humanVerbs> = {};
