/** Verbs of memory. */

export const memoryVerbs = {} as const;
