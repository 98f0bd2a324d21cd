/** Verbs of chains. */

export const chainVerbs = {} as const;
