/** The query of a page as Next hands it over: nothing about it is checked yet. */
export type Query = Record<string, string | string[] | undefined>;
