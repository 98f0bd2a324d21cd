/** Verbs of schedules. */

export const scheduleVerbs = {} as const;
