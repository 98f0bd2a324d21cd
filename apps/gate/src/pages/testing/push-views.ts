/** Pushes to draw: a plain one, a hostile one, and a huge one. */
import type { PushFile, PushView } from "../../core/ports.ts";

const ID = "3f1c".repeat(10);

export function plainView(): PushView {
  return {
    commits: [
      commit(
        "9a1c".repeat(10),
        "Count what is in the cart, not what was asked for\n\nThe badge showed the requested quantity while stock was short.\nIt now follows the reservation, as the checkout does.",
      ),
      commit("5b2d".repeat(10), "Test the badge with a short stock"),
      commit("77e0".repeat(10), "Say why in the changelog"),
    ],
    commitCount: 3,
    files: [
      file("src/cart/badge.ts", "modified", [
        {
          oldStart: 12,
          newStart: 12,
          lines: [
            same("export function badge(cart: Cart): string {"),
            minus("  const count = cart.lines.reduce((sum, line) => sum + line.asked, 0);"),
            plus("  const count = cart.lines.reduce((sum, line) => sum + line.reserved, 0);"),
            same('  return count > 99 ? "99+" : String(count);'),
            same("}"),
          ],
        },
        {
          oldStart: 40,
          newStart: 40,
          lines: [
            same("/** What the shop can send today. */"),
            plus("// A line without a reservation counts nothing: the shop cannot send it."),
            same("export function reserved(line: Line): number {"),
          ],
        },
      ]),
      file("src/cart/badge.test.ts", "added", [
        {
          oldStart: 0,
          newStart: 1,
          lines: [
            plus('import { badge } from "./badge.ts";'),
            plus(""),
            plus('test("short stock", () => {'),
            plus('\texpect(badge({ lines: [{ asked: 5, reserved: 2 }] })).toBe("2");'),
            plus("});"),
          ],
        },
      ]),
      file("CHANGELOG.md", "modified", [
        {
          oldStart: 1,
          newStart: 1,
          lines: [same("# Changelog"), plus(""), plus("- The cart's badge counts what is reserved.")],
        },
      ]),
    ],
    fileCount: 3,
    additions: 10,
    deletions: 1,
  };
}

export const MARKUP = [
  `<img src=x onerror="window.__owned=1">`,
  `<script>window.__owned=2</script>`,
  `"><svg onload=window.__owned=3>`,
  `javascript:window.__owned=4`,
  `</textarea><iframe srcdoc="<script>parent.__owned=5</script>">`,
  `{{constructor.constructor('window.__owned=6')()}}`,
  `<b>Approve</b> <a href="https://evil.example">here</a>`,
  `&lt;script&gt;`,
];

/** Everything that a name can try: markup, controls, bidirectional overrides, look-alikes. */
export function hostileView(): PushView {
  return {
    commits: MARKUP.map((text, at) => ({
      ...commit(String(at).repeat(40), `${text}\n\n${text}`),
      author: `${text} <a@b.c>`,
      committer: "Other \u202Eevil\u202C <c@d.e>",
    })),
    commitCount: MARKUP.length + 2,
    files: [
      ...MARKUP.map((text) =>
        file(`src/${text}.ts`, "modified", [
          { oldStart: 1, newStart: 1, lines: [minus(text), plus(`${text}\u202E\u200B\r`)] },
        ]),
      ),
      { ...file("p\u0430ypal/\u202Egpj.exe", "added", []), hunks: null, newMode: "100755", newBytes: 34_567 },
      { ...file("vendor/dep", "type-changed", []), oldMode: "100644", newMode: "160000" },
    ],
    fileCount: MARKUP.length + 2,
    additions: MARKUP.length,
    deletions: MARKUP.length,
  };
}

/** `lines` lines over a hundred files. */
export function hugeView(lines: number): PushView {
  const perFile = Math.ceil(lines / 100);
  const files = Array.from({ length: 100 }, (_, at) =>
    file(`packages/generated/part-${at}/output.ts`, "added", [
      {
        oldStart: 0,
        newStart: 1,
        lines: Array.from({ length: perFile }, (__, row) =>
          plus(`export const value${at * perFile + row} = ${row}; // generated`),
        ),
      },
    ]),
  );
  return {
    commits: [commit(ID, "Generate everything anew")],
    commitCount: 1,
    files,
    fileCount: 100,
    additions: lines,
    deletions: 0,
  };
}

function commit(id: string, message: string): PushView["commits"][number] {
  return {
    id,
    parents: ["0123".repeat(10)],
    author: "Claude <agent@atlas>",
    authoredAt: new Date(Date.now() - 900_000),
    committer: "Claude <agent@atlas>",
    message,
    messageBytes: message.length,
    signed: false,
  };
}

function file(path: string, status: PushFile["status"], hunks: NonNullable<PushFile["hunks"]>): PushFile {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    ref: "refs/heads/main",
    path,
    status,
    oldMode: status === "added" ? "000000" : "100644",
    newMode: "100644",
    oldId: ID,
    newId: "8d0b".repeat(10),
    oldBytes: 1200,
    newBytes: 1300,
    hunks,
    additions: lines.filter((line) => line.mark === "+").length,
    deletions: lines.filter((line) => line.mark === "-").length,
  };
}

const same = (text: string): { mark: " "; text: string } => ({ mark: " ", text });
const plus = (text: string): { mark: "+"; text: string } => ({ mark: "+", text });
const minus = (text: string): { mark: "-"; text: string } => ({ mark: "-", text });
