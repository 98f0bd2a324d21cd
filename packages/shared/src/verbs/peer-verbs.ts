/** Verbs of peers. */

export const peerVerbs = {} as const;
