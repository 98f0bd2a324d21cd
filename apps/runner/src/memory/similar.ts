/** Which texts say the same: those that share nearly all of their words. Pure. */
import { MEMORY_LIMITS } from "./limits.ts";

interface Saying {
  id: string;
  text: string;
}

/** Pairs of who stays and who goes, each going once; whoever comes first in `sayings` stays. */
export function sameSaying<Each extends Saying>(sayings: readonly Each[]): [keeper: Each, other: Each][] {
  const words = new Map(sayings.map((saying) => [saying.id, wordsOf(saying.text)]));
  const having = indexOf(sayings, words);
  const gone = new Set<string>();
  const pairs: [Each, Each][] = [];
  for (const [at, keeper] of sayings.entries()) {
    if (gone.has(keeper.id)) continue;
    const own = words.get(keeper.id) ?? new Set<string>();
    for (const other of nearOf(own, having)) {
      if (other.at <= at || gone.has(other.saying.id)) continue;
      if (similarity(own, words.get(other.saying.id) ?? new Set()) < MEMORY_LIMITS.mergeSimilarity) continue;
      gone.add(other.saying.id);
      pairs.push([keeper, other.saying]);
    }
  }
  return pairs;
}

interface Placed<Each> {
  at: number;
  saying: Each;
}

/** Who has a word. Numbers count as words: "listens on 4600" and "listens on 4601" are not the same. */
function indexOf<Each extends Saying>(
  sayings: readonly Each[],
  words: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, Placed<Each>[]> {
  const having = new Map<string, Placed<Each>[]>();
  for (const [at, saying] of sayings.entries())
    for (const word of words.get(saying.id) ?? []) {
      const all = having.get(word);
      if (all === undefined) having.set(word, [{ at, saying }]);
      else all.push({ at, saying });
    }
  return having;
}

/** Who shares an uncommon word, in order. Common ones are no hint, and would make this slow. */
function nearOf<Each>(own: ReadonlySet<string>, having: ReadonlyMap<string, Placed<Each>[]>): Placed<Each>[] {
  const near = new Map<number, Placed<Each>>();
  for (const word of own) {
    const all = having.get(word) ?? [];
    if (all.length > MEMORY_LIMITS.mergeCommonWordMax) continue;
    for (const placed of all) near.set(placed.at, placed);
  }
  return [...near.values()].toSorted((one, other) => one.at - other.at);
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}

/** What both have, of what either has; 0 where their numbers or their noes differ. */
function similarity(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const either = new Set([...one, ...other]);
  const both = [...one].filter((word) => other.has(word)).length;
  const only = [...either].filter((word) => one.has(word) !== other.has(word));
  if (either.size === 0 || only.some((word) => TELLING.test(word))) return 0;
  return both / either.size;
}

/** One such word more or less turns the meaning round. */
const TELLING =
  /^(?:\d+\p{L}*|not|no|never|don|doesn|isn|cannot|can|won|without|only|always|before|after|un\w+|dis\w+)$/u;
