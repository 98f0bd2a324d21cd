/** Verbs of locks. */

export const lockVerbs = {} as const;
