/** Verbs of holds. */

export const holdVerbs = {} as const;
