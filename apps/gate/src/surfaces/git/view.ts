/** What a person sees of a held push, read from the held objects and nothing else. */
import { isSettled } from "@nightgate/shared/hold-states";
import { Problem } from "@nightgate/shared/problems";
import type { Hold, PushCommit, PushView, PushViews } from "../../core/ports.ts";
import type { Git } from "./git-process.ts";
import type { ReadCommit } from "./inspect/commits.ts";
import { undrawnName } from "./inspect/draw-files.ts";
import { commitsOf, inspectCompared } from "./inspect/inspect-push.ts";
import { heldCompared, isKept } from "./mirror/held-refs.ts";
import type { Mirrors } from "./mirror/mirrors.ts";

/** Makes the reader of held pushes. */
export function createPushViews(options: { git: Git; mirrors: Mirrors }): PushViews {
  const { git, mirrors } = options;
  return {
    view: async (hold) => {
      const { action } = hold;
      if (action.kind !== "git.push") throw new Problem("not-found", { what: "push in this hold" });
      const mirror = await mirrors.of(action.organization, action.resource);
      if (isSettled(hold.state) && !(await isKept(git, mirror.dir, hold.id)))
        throw new Problem("git.not-kept", { hold: hold.id });
      const compared = await heldCompared(git, mirror, hold.id, action.updates);
      const facts = await inspectCompared(git, mirror.dir, compared);
      const files = facts.updates.flatMap(({ drawn }) => drawn.map(({ file }) => file));
      const commits = commitsOf(facts);
      const whole = files.filter(({ commit }) => commit === undefined);
      const view: PushView = {
        commits: commits.map(presentCommit),
        commitCount: commits.length,
        files,
        fileCount: files.length,
        additions: whole.reduce((sum, file) => sum + file.additions, 0),
        deletions: whole.reduce((sum, file) => sum + file.deletions, 0),
      };
      checkUndrawn(hold, view);
      return view;
    },
  };
}

/** Invariant 3: a file is drawn, or it stands in the card's list that must be ticked. There is no third way, whatever the limits are now. */
function checkUndrawn(hold: Hold, view: PushView): void {
  const listed = new Set(hold.card.undrawn.map(({ what }) => what));
  const hidden = view.files.find((file) => file.hunks === null && !listed.has(undrawnName(file)));
  if (hidden !== undefined)
    throw new Problem("git.content-refused", { why: `${hidden.path} can no longer be drawn` });
}

function presentCommit(commit: ReadCommit): PushCommit {
  const { id, parents, author, authoredAt, committer, message, messageBytes, signed } = commit;
  return { id, parents, author, authoredAt, committer, message, messageBytes, signed };
}
