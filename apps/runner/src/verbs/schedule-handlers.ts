/** Carries out the verbs of schedules. */
import type { scheduleVerbs } from "@nightgate/shared/verbs/schedule-verbs";
import type { Handlers } from "./caller.ts";

export const scheduleHandlers: Handlers<typeof scheduleVerbs> = {};
