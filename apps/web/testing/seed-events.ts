/** Conversations as agentd would have recorded them. */
import type { RunEventBody } from "@nightgate/shared/run-events";

const TEST_OUTPUT = `> vitest run packages/checkout

 ✓ packages/checkout/src/lines.test.ts (12 tests) 41ms
 ✗ packages/checkout/src/vat.test.ts > rounds each line half up
   AssertionError: expected 1999 to be 2000

 Test Files  1 failed | 7 passed (8)
      Tests  1 failed | 96 passed (97)
   Duration  2.31s`;

const BEFORE = `export function vat(lines: Line[]): number {
  const net = lines.reduce((sum, line) => sum + line.net * line.count, 0);
  return Math.round(net * RATE);
}
`;
const AFTER = `/** VAT is rounded per line, half up, as § 14 UStG asks; the total is the sum of the rounded lines. */
export function vat(lines: Line[]): number {
  return lines.reduce((sum, line) => sum + roundHalfUp(line.net * line.count * line.rate), 0);
}

function roundHalfUp(cents: number): number {
  return Math.sign(cents) * Math.floor(Math.abs(cents) + 0.5);
}
`;

function tool(
  call: string,
  title: string,
  kind: string,
  more: Partial<Extract<RunEventBody, { kind: "tool" }>> = {},
): RunEventBody[] {
  const base = { kind: "tool", call, title, tool: kind } as const;
  return [
    { ...base, status: "in_progress", ...(more.input === undefined ? {} : { input: more.input }) },
    { ...base, status: "completed", ...more },
  ];
}

/** A task from prompt to push, a rejection with words, and a second push. */
export function pushConversation(): RunEventBody[] {
  return [
    { kind: "session.started", agent: "claude", session: "s1", resumed: false },
    {
      kind: "prompt",
      prompt: "p1",
      text: "Fix the rounding of VAT in the checkout and push it on a branch.\n\nThe sum of the lines must equal the total on the invoice; see the failing test in packages/checkout.",
    },
    {
      kind: "agent.thought",
      text: "The test fails by one cent. Probably the VAT is rounded once over the total instead of per line. Let me look at the code and at what the invoice prints.",
    },
    {
      kind: "agent.message",
      text: "I'll reproduce the failing test first, then look at how the tax is summed up.",
    },
    ...tool("t1", "`npm test -- packages/checkout`", "execute", {
      input: JSON.stringify({ command: "npm test -- packages/checkout" }),
      output: TEST_OUTPUT,
    }),
    ...tool("t2", "Read packages/checkout/src/vat.ts", "read", {
      input: JSON.stringify({ path: "packages/checkout/src/vat.ts" }),
      output: BEFORE,
    }),
    ...tool("t3", "grep -rn 'vat(' packages", "search", {
      output:
        "packages/checkout/src/total.ts:14:  const tax = vat(lines);\npackages/invoice/src/pdf.ts:88:    vat(group),",
    }),
    {
      kind: "plan",
      entries: [
        { text: "Round per line, half up", status: "in_progress" },
        { text: "Use the line's own rate", status: "pending" },
        { text: "Run all tests", status: "pending" },
        { text: "Commit and push agent/fix-rounding", status: "pending" },
      ],
    },
    ...tool("t4", "Edit packages/checkout/src/vat.ts", "edit", {
      input: JSON.stringify({ path: "packages/checkout/src/vat.ts" }),
      diffs: [{ path: "packages/checkout/src/vat.ts", before: BEFORE, after: AFTER }],
    }),
    ...tool("t5", "`npm test`", "execute", {
      input: JSON.stringify({ command: "npm test" }),
      output: "Test Files  41 passed (41)\n     Tests  612 passed (612)",
    }),
    {
      kind: "plan",
      entries: [
        { text: "Round per line, half up", status: "completed" },
        { text: "Use the line's own rate", status: "completed" },
        { text: "Run all tests", status: "completed" },
        { text: "Commit and push agent/fix-rounding", status: "in_progress" },
      ],
    },
    ...tool("t6", "`git push origin agent/fix-rounding`", "execute", {
      input: JSON.stringify({ command: "git push origin agent/fix-rounding" }),
      output:
        "remote: held as H-7K2M9QXD, NOT pushed yet; exactly this will be pushed when it is approved\n * [new branch] agent/fix-rounding -> refs/held/H-7K2M9QXD",
    }),
    {
      kind: "agent.message",
      text: "The cause: `vat()` rounded **once over the total**, while the invoice rounds each line. It now rounds per line, half up.\n\n| | before | after |\n|---|---|---|\n| 3 × 6.66 at 19 % | 19.99 | 20.00 |\n\n- `packages/checkout/src/vat.ts` rounds per line\n- all 612 tests pass\n\nThe push is held; it goes out when you approve it.",
    },
    { kind: "turn.ended", prompt: "p1", stopReason: "end_turn" },
    {
      kind: "prompt",
      prompt: "p2",
      text: "Your push was rejected by Robin Vega: “The test only covers 19 %. Please add 7 % and the zero rate too.”",
    },
    { kind: "agent.message", text: "Understood: I add cases for 7 % and for the zero rate." },
    ...tool("t7", "Edit packages/checkout/src/vat.test.ts", "edit", {
      diffs: [
        {
          path: "packages/checkout/src/vat.test.ts",
          before: 'test("19 %", () => {});\n',
          after:
            'test.each([0, 0.07, 0.19])("rounds per line at %d", (rate) => {\n  expect(vat([line(666, 3, rate)])).toBe(EXPECTED[rate]);\n});\n',
        },
      ],
    }),
    ...tool("t8", "`git push origin agent/fix-rounding`", "execute", { output: "remote: held" }),
    {
      kind: "agent.message",
      text: "Pushed again with tests for all three rates; it is held for your approval.",
    },
    { kind: "turn.ended", prompt: "p2", stopReason: "end_turn" },
  ];
}

/** About `count` events of a long migration. */
export function longConversation(count: number): RunEventBody[] {
  const events: RunEventBody[] = [
    {
      kind: "prompt",
      prompt: "l1",
      text: "Migrate the whole test suite from Jest to Vitest, package by package, and keep every test green on the way.",
    },
  ];
  for (let index = 1; events.length < count; index += 1) {
    const name = `packages/module-${index}/src/service.test.ts`;
    events.push(
      {
        kind: "agent.thought",
        text: `Module ${index} uses jest.mock with a factory; in vitest that is vi.mock and hoisted.`,
      },
      ...tool(`l${index}a`, `Read ${name}`, "read", {
        output: `import { test } from "@jest/globals";\n// module ${index}`,
      }),
      ...tool(`l${index}b`, `Edit ${name}`, "edit", {
        diffs: [
          {
            path: name,
            before: `import { test } from "@jest/globals";\n`,
            after: `import { test } from "vitest";\n`,
          },
        ],
      }),
      ...tool(`l${index}c`, `\`npx vitest run ${name}\``, "execute", {
        output: ` ✓ ${name} (${index % 9} tests) 12ms`,
      }),
      {
        kind: "agent.message",
        text: `Module **${index}** is migrated: ${index % 9} tests pass. ${"Its mocks were hoisted by hand. ".repeat(index % 4)}`,
      },
    );
  }
  return events.slice(0, count);
}
