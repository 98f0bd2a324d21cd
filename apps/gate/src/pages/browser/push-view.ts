/** The whole of a push: which refs move from where to where, every commit with its whole message, every file with every line. */
import type { GitPushAction } from "@nightgate/shared/actions";
import type { CommitWire, HoldDetail, PushWire } from "../wire.ts";
import { drawFile } from "./diff-view.ts";
import { type Child, fill, h, icon } from "./dom.ts";
import { notice } from "./notices.ts";
import { exactName, plural, shortId, time, visible } from "./words.ts";

/** Lines that are drawn before the browser may paint again. */
const LINES_PER_STEP = 1500;
const VERB_WORDS: Record<GitPushAction["updates"][number]["verb"], { word: string; tone: string }> = {
  create: { word: "new branch", tone: "good" },
  "fast-forward": { word: "fast-forward", tone: "quiet" },
  force: { word: "force push", tone: "bad" },
  delete: { word: "delete", tone: "bad" },
  "tag-create": { word: "new tag", tone: "good" },
  "tag-move": { word: "tag moves", tone: "bad" },
  "tag-delete": { word: "tag goes", tone: "bad" },
};

/** Draws everything, a piece at a time, and resolves when the last line is on the page. */
export async function drawPush(
  place: HTMLElement,
  hold: HoldDetail,
  action: GitPushAction,
  progress: (words: string) => void,
): Promise<void> {
  fill(place, h("h2.section", { id: "whole" }, "All of it"), refTable(action));
  const { push } = hold;
  if (push === null) {
    place.append(
      notice(
        "quiet",
        "info",
        h("p", {}, "The objects of this push are no longer kept. Its receipts say exactly what it was."),
      ),
    );
    return;
  }
  place.append(commitList(push), fileIndex(push));
  const files = h("div.files");
  place.append(files);
  let lines = 0;
  for (const [at, file] of push.files.entries()) {
    files.append(drawFile(file, at));
    lines += file.hunks?.reduce((sum, hunk) => sum + hunk.lines.length, 0) ?? 0;
    if (lines < LINES_PER_STEP) continue;
    lines = 0;
    progress(`Drawing file ${at + 1} of ${push.files.length}`);
    await nextFrame();
  }
}

async function nextFrame(): Promise<void> {
  await new Promise<void>((resolve) => void window.setTimeout(resolve, 0));
}

function refTable(action: GitPushAction): HTMLElement {
  return h(
    "ul.refs",
    {},
    action.updates.map((update) =>
      h(
        "li",
        {},
        h("span.ref-name", {}, icon("branch"), exactName(update.ref)),
        h("span.badge", { class: VERB_WORDS[update.verb].tone }, VERB_WORDS[update.verb].word),
        h("span.ref-ids", {}, objectName(update.old), icon("forward"), objectName(update.new)),
      ),
    ),
  );
}

function objectName(id: string): Child {
  return /^0+$/.test(id) ? h("span.quiet", {}, "nothing") : shortId(id);
}

function commitList(push: PushWire): HTMLElement {
  const hidden = push.commitCount - push.commits.length;
  const fresh = push.commits.filter((commit) => commit.fresh).length;
  return h(
    "div",
    {},
    h(
      "h3.part",
      {},
      plural(push.commitCount, "commit"),
      fresh > 0 && h("span.badge.wait", {}, `${fresh} new since the hold before`),
    ),
    h("ol.commits", {}, push.commits.map(drawCommit)),
    hidden > 0 &&
      h(
        "p.hint",
        {},
        `${plural(hidden, "commit")} more are part of it and are not listed. The files below are the whole difference all the same.`,
      ),
  );
}

function drawCommit(commit: CommitWire): HTMLElement {
  const [subject = "", ...rest] = commit.message.split("\n");
  const body = rest.join("\n").trim();
  return h(
    "li",
    {},
    h("span.commit-dot", {}, icon("commit")),
    h(
      "div",
      {},
      h("p.commit-subject", {}, visible(subject), commit.fresh && h("span.badge.wait", {}, "new")),
      body !== "" && h("pre.commit-body", {}, visible(body, "\n\t")),
      h(
        "p.commit-meta",
        {},
        visible(commit.author),
        commit.committer !== commit.author ? [", committed by ", visible(commit.committer)] : null,
        " · ",
        time(commit.authoredAt),
        " · ",
        shortId(commit.id),
        commit.parents.length > 1 && h("span.badge.quiet", {}, `merge of ${commit.parents.length}`),
        commit.signed &&
          h(
            "span.badge.quiet",
            { title: "It carries a signature, which the gate has not checked" },
            "carries a signature",
          ),
      ),
    ),
  );
}

function fileIndex(push: PushWire): HTMLElement {
  const hidden = push.fileCount - push.files.length;
  return h(
    "div",
    {},
    h(
      "h3.part",
      {},
      plural(push.fileCount, "file"),
      h(
        "span.sum",
        {},
        h("span.plus", {}, `+${push.additions.toLocaleString("en")}`),
        " ",
        h("span.minus", {}, `−${push.deletions.toLocaleString("en")}`),
      ),
    ),
    push.files.length > 1 &&
      h(
        "ul.file-index",
        {},
        push.files.map((file, at) =>
          h(
            "li",
            {},
            h(
              "a",
              { href: `#file-${at}` },
              h("span.status", { class: file.status }, file.status.charAt(0).toUpperCase()),
              exactName(file.path),
            ),
            h(
              "span.sum",
              {},
              file.hunks === null
                ? h("span.quiet", {}, "not drawn")
                : [h("span.plus", {}, `+${file.additions}`), " ", h("span.minus", {}, `−${file.deletions}`)],
            ),
          ),
        ),
      ),
    hidden > 0 &&
      h(
        "p.hint",
        {},
        `${plural(hidden, "file")} more cannot be listed here and are among what has to be ticked.`,
      ),
  );
}
