/** Carries out the verbs of peers. */
import type { peerVerbs } from "@nightgate/shared/verbs/peer-verbs";
import type { Handlers } from "./caller.ts";

export const peerHandlers: Handlers<typeof peerVerbs> = {};
