/** Limits of memory (invariant 12). Each has its unit in its name. */
export const MEMORY_LIMITS = {
  /** Memories of one scope: the organization, or one repository. */
  perScopeMax: 2_000,
  linksPerMemoryMax: 20,
  tagsMax: 10,
  /** Changes of one workstation, or of one person, in an hour. */
  changesPerHourMax: 200,
  /** Memories that one run is counted for. */
  usesPerRunMax: 500,
  /** Where a memory begins, and the bounds that it never leaves. */
  weightStart: 50,
  weightMin: 1,
  weightMax: 100,
  /** How much nearer to its bound a memory moves each time it helped, or did not; at least one. */
  reinforceShare: 0.1,
  /** A person's word counts as often as so many runs. */
  personsWordCounts: 3,
  /** As cold as this, and neither changed nor used for so long, it is forgotten. */
  pruneWeightMax: 10,
  pruneUnusedMs: 30 * 24 * 60 * 60_000,
  /** A scope that is fuller than this gives up its coldest. */
  pruneAbove: 1_800,
  /** Texts that share so much of their words say the same. */
  mergeSimilarity: 0.8,
  /** A word that more memories have than this tells nothing about which belong together. */
  mergeCommonWordMax: 25,
  mergesPerCallMax: 200,
  /** What is laid before an agent to make less of it. */
  synthesiseMemoriesMax: 150,
  synthesiseCharactersMax: 60_000,
  /** Memories in front of a prompt. */
  prefaceMemoriesMax: 8,
  prefaceCharactersMax: 8_000,
  /** The history of one memory as it is shown. */
  changesShownMax: 20,
  /** Memories that one call changes. */
  batchMax: 2_000,
  /** The history, and so what can be undone, goes back so far. */
  changesKeptMs: 90 * 24 * 60 * 60_000,
} as const;
