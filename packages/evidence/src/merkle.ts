/**
 * The Merkle tree of RFC 6962 (section 2.1), as RFC 9162 and C2SP tlog-tiles use it. Hashes are lower-case hex outside and bytes inside.
 * Pure: proofs are made from the leaf hashes, and checked from public values alone.
 */
import { fromHex, sha256, toHex } from "./bytes.ts";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** MTH({}): the root of a log without entries. */
export const EMPTY_ROOT = toHex(sha256(""));

/** The hash of a leaf over its data. */
export function leafHash(data: Uint8Array): string {
  return toHex(sha256(LEAF, data));
}

function nodeHash(left: string, right: string): string {
  return toHex(sha256(NODE, fromHex(left), fromHex(right)));
}

/** A tree that can be appended to without its leaves: the roots of its perfect subtrees, largest first. */
export interface Frontier {
  size: number;
  peaks: readonly string[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, peaks: [] };

/** Appends one leaf hash, in O(log n). */
export function appendLeaf(frontier: Frontier, leaf: string): Frontier {
  const peaks = [...frontier.peaks];
  let carried = leaf;
  for (let size = frontier.size; size % 2 === 1; size = Math.floor(size / 2)) {
    const left = peaks.pop();
    if (left !== undefined) carried = nodeHash(left, carried);
  }
  peaks.push(carried);
  return { size: frontier.size + 1, peaks };
}

/** The root of the tree that a frontier stands for. */
export function frontierRoot(frontier: Frontier): string {
  const [last, ...before] = frontier.peaks.toReversed();
  if (last === undefined) return EMPTY_ROOT;
  return before.reduce((right, left) => nodeHash(left, right), last);
}

/** The frontier over all of `leaves`. */
export function frontierOf(leaves: Iterable<string>): Frontier {
  let frontier = EMPTY_FRONTIER;
  for (const leaf of leaves) frontier = appendLeaf(frontier, leaf);
  return frontier;
}

/** MTH(leaves). */
export function rootOf(leaves: readonly string[]): string {
  return frontierRoot(frontierOf(leaves));
}

/** The largest power of two that is smaller than `size` (size > 1). */
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** PATH(index, leaves): what proves that the leaf at `index` is in the tree. */
export function inclusionProof(leaves: readonly string[], index: number): string[] {
  if (leaves.length <= 1) return [];
  const half = split(leaves.length);
  if (index < half) return [...inclusionProof(leaves.slice(0, half), index), rootOf(leaves.slice(half))];
  return [...inclusionProof(leaves.slice(half), index - half), rootOf(leaves.slice(0, half))];
}

/** True when `proof` shows `leaf` at `index` of the tree of `size` with `root` (RFC 9162, section 2.1.3.2). */
export function verifyInclusion(input: {
  leaf: string;
  index: number;
  size: number;
  root: string;
  proof: readonly string[];
}): boolean {
  if (input.index < 0 || input.index >= input.size) return false;
  let place = input.index;
  let last = input.size - 1;
  let hash = input.leaf;
  for (const step of input.proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(step, hash);
      ({ place, last } = skipEven(place, last));
    } else {
      hash = nodeHash(hash, step);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && hash === input.root;
}

/** PROOF(from, leaves): what proves that the tree over the first `from` leaves is a prefix of the whole one. */
export function consistencyProof(leaves: readonly string[], from: number): string[] {
  return from <= 0 || from >= leaves.length ? [] : subproof(leaves, from, true);
}

function subproof(leaves: readonly string[], from: number, whole: boolean): string[] {
  if (from === leaves.length) return whole ? [] : [rootOf(leaves)];
  const half = split(leaves.length);
  if (from <= half) return [...subproof(leaves.slice(0, half), from, whole), rootOf(leaves.slice(half))];
  return [...subproof(leaves.slice(half), from - half, false), rootOf(leaves.slice(0, half))];
}

/** True when `proof` shows that the tree (fromSize, fromRoot) is a prefix of (size, root) (RFC 9162, section 2.1.4.2). */
export function verifyConsistency(input: {
  fromSize: number;
  fromRoot: string;
  size: number;
  root: string;
  proof: readonly string[];
}): boolean {
  const { fromSize, fromRoot, size, root, proof } = input;
  if (fromSize > size || fromSize < 0) return false;
  if (fromSize === size) return proof.length === 0 && fromRoot === root;
  if (fromSize === 0) return proof.length === 0 && fromRoot === EMPTY_ROOT;
  const [first, ...steps] = isPowerOfTwo(fromSize) ? [fromRoot, ...proof] : proof;
  if (first === undefined) return false;
  const roots = climb(first, steps, skipOdd(fromSize - 1, size - 1));
  return roots !== null && roots.before === fromRoot && roots.after === root;
}

interface Place {
  place: number;
  last: number;
}

/** Up from a right child to the first left one: those levels are whole in both trees. */
function skipOdd(place: number, last: number): Place {
  return place % 2 === 1 ? skipOdd(Math.floor(place / 2), Math.floor(last / 2)) : { place, last };
}

/** Both roots that the steps lead to; null when there are too many or too few. */
function climb(
  first: string,
  steps: readonly string[],
  start: Place,
): { before: string; after: string } | null {
  let { place, last } = start;
  let [before, after] = [first, first];
  for (const step of steps) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      before = nodeHash(step, before);
      after = nodeHash(step, after);
      ({ place, last } = skipEven(place, last));
    } else {
      after = nodeHash(after, step);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? { before, after } : null;
}

/** Up from the last leaf of a level to the first level where it is a right child. */
function skipEven(place: number, last: number): Place {
  return place % 2 === 0 && place !== 0
    ? skipEven(Math.floor(place / 2), Math.floor(last / 2))
    : { place, last };
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
