import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  consistencyProof,
  EMPTY_ROOT,
  frontierOf,
  frontierRoot,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";

const leavesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => leafHash(Buffer.from(String(index))));
const sha = (...parts: Buffer[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

/** MTH as RFC 6962 defines it, by recursion. */
function mth(entries: Buffer[]): Buffer {
  const [only] = entries;
  if (only === undefined) return sha(Buffer.alloc(0));
  if (entries.length === 1) return sha(Buffer.of(0), only);
  let half = 1;
  while (half * 2 < entries.length) half *= 2;
  return sha(Buffer.of(1), mth(entries.slice(0, half)), mth(entries.slice(half)));
}

test("the root is the one of RFC 6962's definition, appended one by one", () => {
  for (let count = 0; count <= 70; count++) {
    const entries = Array.from({ length: count }, (_, index) => Buffer.from(String(index)));
    expect(rootOf(leavesOf(count))).toBe(mth(entries).toString("hex"));
  }
  expect(EMPTY_ROOT).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("the root of the certificate transparency test vectors", () => {
  const inputs = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ];
  const leaves = inputs.map((hex) => leafHash(Buffer.from(hex, "hex")));
  expect(rootOf(leaves)).toBe("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
});

const sizes = fc.integer({ min: 1, max: 130 });

test("an inclusion proof shows its leaf, at its place, and nothing else", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), (size, at, wrong) => {
      const leaves = leavesOf(size);
      const [index, other] = [at % size, wrong % size];
      const [root, proof, leaf] = [rootOf(leaves), inclusionProof(leaves, index), leaves[index] ?? ""];
      expect(verifyInclusion({ leaf, index, size, root, proof })).toBe(true);
      expect(verifyInclusion({ leaf, index: other, size, root, proof })).toBe(other === index);
      expect(verifyInclusion({ leaf: leafHash(Buffer.from("x")), index, size, root, proof })).toBe(false);
      expect(verifyInclusion({ leaf, index, size, root, proof: [...proof, root] })).toBe(false);
      expect(verifyInclusion({ leaf, index, size, root, proof: proof.slice(1) })).toBe(proof.length === 0);
    }),
  );
});

test("L3: a consistency proof shows a prefix, and no other history", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), (size, at) => {
      const leaves = leavesOf(size);
      const fromSize = at % (size + 1);
      const [root, fromRoot, proof] = [
        rootOf(leaves),
        rootOf(leaves.slice(0, fromSize)),
        consistencyProof(leaves, fromSize),
      ];
      expect(verifyConsistency({ fromSize, fromRoot, size, root, proof })).toBe(true);
      expect(verifyConsistency({ fromSize, fromRoot: leafHash(Buffer.from("x")), size, root, proof })).toBe(
        false,
      );
      expect(verifyConsistency({ fromSize, fromRoot, size, root: leafHash(Buffer.from("x")), proof })).toBe(
        // An empty log is a prefix of every log.
        fromSize === 0,
      );
      expect(verifyConsistency({ fromSize, fromRoot, size, root, proof: [...proof, root] })).toBe(false);
    }),
  );
});

test("L1: changing, removing or swapping any leaf changes the root", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), (size, a, b) => {
      const leaves = leavesOf(size);
      const [left, right] = [a % size, b % size];
      const changed = leaves.with(left, leafHash(Buffer.from("x")));
      const swapped = leaves.with(left, leaves[right] ?? "").with(right, leaves[left] ?? "");
      const root = frontierRoot(frontierOf(leaves));
      expect(rootOf(changed)).not.toBe(root);
      expect(rootOf(leaves.toSpliced(left, 1))).not.toBe(root);
      expect(rootOf(swapped) === root).toBe(left === right);
    }),
  );
});
