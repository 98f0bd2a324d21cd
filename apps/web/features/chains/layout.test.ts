/** The picture of a chain: nothing stands on anything else, and all lines lead to the right. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { layoutOf, NODE } from "./layout.ts";

test("what is needed stands to the left of what needs it", () => {
  const { nodes, edges } = layoutOf(
    new Map([
      ["warm-up", []],
      ["triage", ["warm-up"]],
      ["review", ["triage"]],
      ["digest", ["review"]],
      ["briefing", ["triage"]],
      ["alone", []],
    ]),
  );
  const x = (name: string): number => nodes.find((node) => node.name === name)?.x ?? Number.NaN;
  expect([x("warm-up"), x("alone")]).toEqual([NODE.margin, NODE.margin]);
  expect(x("triage")).toBeLessThan(x("review"));
  expect(x("review")).toBe(x("briefing"));
  expect(edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
    "warm-up triage",
    "triage review",
    "review digest",
    "triage briefing",
  ]);
});

test("no two jobs overlap, all are inside, and every line leads to the right", () => {
  const chain = fc
    .array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
    .map(
      (all) =>
        new Map(
          all.map((needs, index) => [
            `job-${index}`,
            index === 0 ? [] : [...new Set(needs.map((each) => `job-${each % index}`))],
          ]),
        ),
    );
  fc.assert(
    fc.property(chain, (needs) => {
      const { nodes, edges, width, height } = layoutOf(needs);
      expect(nodes).toHaveLength(needs.size);
      for (const [index, one] of nodes.entries()) {
        expect(one.x >= 0 && one.x + NODE.width <= width && one.y >= 0 && one.y + NODE.height <= height).toBe(
          true,
        );
        for (const other of nodes.slice(index + 1))
          expect(Math.abs(one.x - other.x) >= NODE.width || Math.abs(one.y - other.y) >= NODE.height).toBe(
            true,
          );
      }
      const at = new Map(nodes.map((node) => [node.name, node.x]));
      for (const { from, to } of edges) expect(at.get(from)).toBeLessThan(at.get(to) ?? 0);
    }),
  );
});
