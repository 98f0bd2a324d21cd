/** Verbs of words between agents and people. */

export const humanVerbs = {} as const;
