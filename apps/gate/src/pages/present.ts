/** Every field of a hold that leaves for a page, listed. */
import { visibleText } from "@nightgate/shared/visible-text";
import type { Hold, PushView, ReceiptRow } from "../core/ports.ts";
import type { HoldLine, PushWire, ReceiptLine } from "./wire.ts";

const LEVELS = ["danger", "warning", "note"] as const;

/** One line of a list. Its title is made safe to read here, so that no list can forget it. */
export function presentLine(hold: Hold): HoldLine {
  return {
    id: hold.id,
    organization: hold.organization,
    state: hold.state,
    kind: hold.action.kind,
    title: visibleText(hold.card.title),
    flags: LEVELS.map((level) => ({
      level,
      count: hold.card.flags.filter((flag) => flag.level === level).length,
    })).filter((each) => each.count > 0),
    workstation: hold.workstation,
    run: hold.run,
    rehearsal: false,
    createdAt: hold.createdAt.toISOString(),
    endedAt: (hold.endedAt ?? hold.decidedAt)?.toISOString() ?? null,
    expiresAt: hold.expiresAt.toISOString(),
    supersededBy: hold.supersededBy,
  };
}

/** The whole of a push, with the commits marked that `known` (the commits of the hold that this one replaces) did not have. */
export function presentPush(view: PushView, known: ReadonlySet<string>): PushWire {
  return {
    commits: view.commits.map((commit) => ({
      id: commit.id,
      parents: commit.parents,
      author: commit.author,
      authoredAt: commit.authoredAt.toISOString(),
      committer: commit.committer,
      message: commit.message,
      messageBytes: commit.messageBytes,
      signed: commit.signed,
      fresh: known.size > 0 && !known.has(commit.id),
    })),
    commitCount: view.commitCount,
    files: view.files,
    fileCount: view.fileCount,
    additions: view.additions,
    deletions: view.deletions,
  };
}

export function presentReceipt(row: ReceiptRow): ReceiptLine {
  return {
    index: row.index,
    kind: row.kind,
    hold: row.hold,
    leafHash: row.leafHash,
    createdAt: row.createdAt.toISOString(),
    body: row.body,
  };
}
