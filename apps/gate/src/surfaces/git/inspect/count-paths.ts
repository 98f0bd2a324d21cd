/**
 * How many paths the new trees of a push lead to. Trees that hold each other many times over are small to send and without an end to
 * compare, and git notes every path before it says the first: so they are counted here, each tree once (G16, G18).
 */

const ID_BYTES = 20;
const TREE_MODE = "40000 ";

/** The most paths below any one tree of `answer`, which is what `cat-file --batch` says of them. A tree that is not in it counts as one. */
export function mostPaths(answer: Buffer): number {
  const trees = readTrees(answer);
  const counts = new Map<string, number>();
  let most = 0;
  for (const root of trees.keys()) {
    // Not by recursion: a chain of trees may be as long as the push.
    const open = [root];
    for (let tree = open.at(-1); tree !== undefined; tree = open.at(-1)) {
      const { files, below } = trees.get(tree) ?? { files: 1, below: [] };
      const unknown = counts.has(tree) ? [] : below.filter((each) => trees.has(each) && !counts.has(each));
      if (unknown.length === 0) {
        counts.set(tree, files + below.reduce((sum, each) => sum + (counts.get(each) ?? 1), 0));
        open.pop();
      } else for (const each of new Set(unknown)) open.push(each);
    }
    most = Math.max(most, counts.get(root) ?? 0);
  }
  return most;
}

interface Tree {
  files: number;
  /** Ids of the trees in it, as often as they are in it. */
  below: string[];
}

function readTrees(answer: Buffer): Map<string, Tree> {
  const trees = new Map<string, Tree>();
  for (let at = 0; at < answer.length;) {
    const end = answer.indexOf(0x0a, at);
    if (end < 0) break;
    const [id = "", type, size] = answer.subarray(at, end).toString("latin1").split(" ");
    const bytes = Number(size);
    if (type !== "tree" || !Number.isSafeInteger(bytes)) break;
    trees.set(id, readTree(answer.subarray(end + 1, end + 1 + bytes)));
    at = end + 1 + bytes + 1;
  }
  return trees;
}

/** Entries are `<mode> <name>`, a NUL, and the id's bytes; fsck has seen to it. */
function readTree(bytes: Buffer): Tree {
  const tree: Tree = { files: 0, below: [] };
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    if (end < 0) break;
    const isTree = bytes.subarray(at, at + TREE_MODE.length).toString("latin1") === TREE_MODE;
    if (isTree) tree.below.push(bytes.subarray(end + 1, end + 1 + ID_BYTES).toString("hex"));
    else tree.files += 1;
    at = end + 1 + ID_BYTES;
  }
  return tree;
}
