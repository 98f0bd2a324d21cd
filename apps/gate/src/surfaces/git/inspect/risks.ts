/** What is unusual in a push, as flags of its card. Pure. An agent's words are never believed here and never a reason to say less (G22). */
import type { Card } from "@nightgate/shared/card";
import { readPointer } from "../lfs/pointer.ts";
import type { ReadCommit } from "./commits.ts";
import type { DrawnFile } from "./draw-files.ts";
import type { PushFacts, UpdateFacts } from "./inspect-push.ts";
import { hasInvisible } from "./invisible.ts";
import { changedScripts } from "./package-scripts.ts";
import { riskOfPath } from "./risky-paths.ts";
import { secretKinds } from "./secret-patterns.ts";

export type Flag = Card["flags"][number];

const HUGE_LINES = 3000;
const HUGE_FILES = 200;
const FLAGS_MAX = 400;
const PATH_MAX = 4000;

/** All flags, worst first; what does not fit is counted in the last one. */
export function risksOf(facts: PushFacts, commits: readonly ReadCommit[]): Flag[] {
  const flags = [
    ...facts.updates.flatMap(updateRisks),
    ...facts.updates.flatMap(({ drawn }) => drawn.flatMap(fileRisks)),
    ...sizeRisks(facts),
    ...commits.flatMap(commitRisks),
    ...historyRisks(commits),
  ];
  const order = { danger: 0, warning: 1, note: 2 };
  const unique = [
    ...new Map(flags.map((flag) => [`${flag.code} ${flag.path ?? ""} ${flag.text}`, flag])).values(),
  ];
  const sorted = unique.sort((a, b) => order[a.level] - order[b.level]);
  if (sorted.length <= FLAGS_MAX) return sorted;
  const left = sorted.length - FLAGS_MAX;
  return [
    ...sorted.slice(0, FLAGS_MAX),
    {
      level: "warning",
      code: "more-flags",
      text: `There are ${left} more things to say than fit here. This push is too large to be looked at well.`,
    },
  ];
}

function updateRisks({ compared: { update }, dropped }: UpdateFacts): Flag[] {
  const drops = dropped === 1 ? "1 commit is" : `${dropped} commits are`;
  switch (update.verb) {
    case "force":
      return [
        {
          level: "danger",
          code: "force",
          text: `Rewrites history: ${drops} no longer on ${update.ref} afterwards.`,
        },
      ];
    case "delete":
      return [
        {
          level: "danger",
          code: "delete",
          text: `Deletes ${update.ref}. ${dropped === 0 ? "All its commits are on other branches or tags." : `${drops} then on no branch or tag.`}`,
        },
      ];
    case "tag-delete":
      return [{ level: "danger", code: "delete", text: `Deletes the tag ${update.ref}.` }];
    case "tag-move":
      return [
        {
          level: "danger",
          code: "tag-move",
          text: `Moves the tag ${update.ref}: whoever has it does not get the new one by itself.`,
        },
      ];
    default:
      return [];
  }
}

function fileRisks(drawn: DrawnFile): Flag[] {
  const { file } = drawn;
  const path = file.path.slice(0, PATH_MAX);
  const flags: Flag[] = [];
  const risk = riskOfPath(file.path);
  if (risk !== null && file.commit === undefined) flags.push({ ...risk, path });
  if (hasInvisible(file.path))
    flags.push({
      level: "danger",
      code: "invisible",
      text: "Its name has invisible or reordering characters in it.",
      path,
    });
  return [...flags, ...modeRisks(drawn, path), ...contentRisks(drawn, path)];
}

function modeRisks({ file, newText }: DrawnFile, path: string): Flag[] {
  if (file.newMode === "160000" || file.oldMode === "160000") {
    return [
      {
        level: "danger",
        code: "submodule",
        text:
          file.newMode === "160000"
            ? "A submodule: what is in that commit is not shown here."
            : "A submodule goes away.",
        path,
      },
    ];
  }
  if (file.newMode === "120000" && file.oldMode !== "120000") {
    const leaves = newText === null || newText.startsWith("/") || newText.split("/").includes("..");
    return [
      {
        level: leaves ? "danger" : "warning",
        code: "symlink",
        text: leaves ? "A symbolic link that may lead out of the repository." : "A symbolic link.",
        path,
      },
    ];
  }
  if (file.newMode === "100755" && file.oldMode !== "100755")
    return [{ level: "note", code: "executable", text: "Becomes executable.", path }];
  return [];
}

function contentRisks({ file, oldText, newText }: DrawnFile, path: string): Flag[] {
  if (file.hunks === null)
    return [
      {
        level: "warning",
        code: "undrawn",
        text: `Cannot be drawn (${file.newBytes} bytes): look at it elsewhere, and tick it below if you want it to go out.`,
        path,
      },
    ];
  const added = file.hunks.flatMap(({ lines }) =>
    lines.filter(({ mark }) => mark === "+").map(({ text }) => text.replace(/\r$/, "")),
  );
  const where =
    file.commit === undefined ? "" : " It is in the history only, and reaches the upstream all the same.";
  const flags: Flag[] = [];
  if (added.some((line) => hasInvisible(line.startsWith("\ufeff") ? line.slice(1) : line)))
    flags.push({
      level: "danger",
      code: "invisible",
      text: `Has invisible or reordering characters in it: it may not do what it seems to.${where}`,
      path,
    });
  for (const kind of secretKinds(added.join("\n")))
    flags.push({ level: "danger", code: "secret", text: `Seems to contain ${kind}.${where}`, path });
  flags.push(...lfsRisks(newText, path));
  if (/(^|\/)package\.json$/.test(file.path) && file.commit === undefined) {
    const scripts = changedScripts(oldText, newText);
    if (scripts.length > 0)
      flags.push({
        level: "warning",
        code: "scripts",
        text: `Changes what npm runs: ${scripts.join(", ")}`.slice(0, 600),
        path,
      });
  }
  return flags;
}

function lfsRisks(newText: string | null, path: string): Flag[] {
  if (newText?.startsWith("version https://git-lfs.github.com/spec/") !== true) return [];
  const object = readPointer(newText);
  const text =
    object === null
      ? "Looks like a pointer of Git LFS, but names no object."
      : `Names ${object.bytes} bytes that Git LFS keeps apart. They go out with this push and cannot be drawn: tick them below.`;
  return [{ level: "warning", code: "lfs", text, path }];
}

function sizeRisks({ updates }: PushFacts): Flag[] {
  const files = updates.flatMap(({ drawn }) => drawn).filter(({ file }) => file.commit === undefined);
  const lines = files.reduce((sum, { file }) => sum + file.additions + file.deletions, 0);
  if (files.length < HUGE_FILES && lines < HUGE_LINES) return [];
  return [
    { level: "warning", code: "huge", text: `A large change: ${lines} lines in ${files.length} files.` },
  ];
}

function commitRisks(commit: ReadCommit): Flag[] {
  const id = commit.id.slice(0, 12);
  const flags: Flag[] = [];
  if ([commit.author, commit.committer, commit.message.replaceAll("\r\n", "\n")].some(hasInvisible))
    flags.push({
      level: "danger",
      code: "invisible",
      text: `The message or a name of commit ${id} has invisible or reordering characters in it.`,
    });
  for (const kind of secretKinds(commit.message))
    flags.push({
      level: "danger",
      code: "secret",
      text: `The message of commit ${id} seems to contain ${kind}.`,
    });
  if (/\[(skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks: *true/im.test(commit.message))
    flags.push({
      level: "warning",
      code: "skip-ci",
      text: `The message of commit ${id} asks the upstream to run no checks.`,
    });
  const unusual = commit.unusualHeaders.filter((name) => name !== "mergetag");
  if (unusual.length > 0)
    flags.push({
      level: "warning",
      code: "headers",
      text: `Commit ${id} has headers that are not shown here: ${unusual.join(", ")}`.slice(0, 600),
    });
  return flags;
}

function historyRisks(commits: readonly ReadCommit[]): Flag[] {
  const flags: Flag[] = [];
  const note = (code: string, count: number, text: string): void => {
    if (count > 0) flags.push({ level: "note", code, text: `${count} of ${commits.length} commits ${text}` });
  };
  note(
    "committer",
    commits.filter(({ author, committer }) => author !== committer).length,
    "were not committed by their author.",
  );
  note("merge", commits.filter(({ parents }) => parents.length > 1).length, "are merges.");
  note(
    "signed",
    commits.filter(({ signed }) => signed).length,
    "carry a signature, which is not verified here.",
  );
  note("root", commits.filter(({ parents }) => parents.length === 0).length, "begin a history of their own.");
  return flags;
}
