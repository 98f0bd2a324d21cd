/** Carries out the verbs of chains. */
import type { chainVerbs } from "@nightgate/shared/verbs/chain-verbs";
import type { Handlers } from "./caller.ts";

export const chainHandlers: Handlers<typeof chainVerbs> = {};
