/**
 * One push, from the moment that its objects have arrived to the answer that its client gets.
 * Invariant 7: the client hears "held" only after the objects and the hold's row are on disk.
 */
import { isSettled } from "@nightgate/shared/hold-states";
import type { GitResource } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import type { Caller, Hold, Holds } from "../../core/ports.ts";
import { agentWordsOf, describePush } from "./describe.ts";
import type { Git } from "./git-process.ts";
import { inspectPush } from "./inspect/inspect-push.ts";
import { refuseQuarantine } from "./inspect/quarantine.ts";
import { objectsToSend } from "./lfs/check-lfs.ts";
import { writeHeldLfs } from "./lfs/held-lfs.ts";
import type { LfsStore } from "./lfs/lfs-store.ts";
import type { LfsUpstream } from "./lfs/lfs-upstream.ts";
import type { GitLog } from "./log.ts";
import { keepHeld } from "./mirror/held-refs.ts";
import type { Mirror } from "./mirror/mirrors.ts";
import { type PushCommand, readPush } from "./read.ts";
import type { PushClient } from "./receive-pack.ts";
import { predecessorOf } from "./supersede.ts";
import type { HookTalk, RefAnswer } from "./wire/proc-receive.ts";

export interface PushContext {
  denied(caller: Caller, repository: string, problem: Problem): void;
  git: Git;
  mirror: Mirror;
  holds: Pick<Holds, "open" | "list" | "waitUntilSettled" | "clientWaitMs">;
  caller: Caller;
  resource: GitResource;
  log: GitLog;
  lfs: LfsStore;
  lfsUpstream(): Promise<LfsUpstream>;
}

/** Holds the conversation of one push. Every failure becomes an answer to the client; nothing is thrown. */
export async function holdPush(context: PushContext, talk: HookTalk, client: PushClient): Promise<void> {
  let commands: PushCommand[] | null = null;
  try {
    const quarantine = await talk.quarantine();
    if (quarantine === null) return;
    const refusal = await refuseQuarantine(context.git, context.mirror, quarantine);
    talk.admit(refusal?.message ?? null);
    if (refusal !== null) return;
    commands = await talk.commands();
    if (commands === null) return;
    const hold = await openHold(context, commands);
    const told = await waitForDecision(context, hold, talk, client.gone);
    const whenHeld = client.understandsHeld() ? context.resource.whenHeld : "fail";
    const answers = commands.map(({ ref }) => answerOf(whenHeld, told, ref));
    for (const line of wordsFor(whenHeld, told)) talk.say(line);
    talk.answer(answers);
  } catch (error) {
    const problem =
      error instanceof Problem
        ? error
        : new Problem("git.broken", { what: "holding the push", why: "the gate's log says why" });
    if (problem !== error || problem.http >= 500)
      context.log.error({ err: error, resource: context.resource.id }, "A push could not be held");
    else context.denied(context.caller, context.resource.name, problem);
    refuse(talk, commands, problem);
  }
}

function refuse(talk: HookTalk, commands: PushCommand[] | null, problem: Problem): void {
  if (commands === null) {
    talk.admit(problem.message);
    return;
  }
  talk.say("");
  talk.say(problem.message);
  talk.say("");
  // All or nothing: a push of which one ref is refused is not held in part.
  const culprit =
    problem.code === "git.ref-refused" || problem.code === "git.ref-moved"
      ? (problem.details as { ref: string }).ref
      : null;
  talk.answer(
    commands.map(({ ref }) => ({
      ref,
      ok: false,
      why:
        culprit === null || culprit === ref
          ? problem.message
          : "not held, because another ref of this push is refused",
    })),
  );
}

async function openHold(context: PushContext, commands: PushCommand[]): Promise<Hold> {
  const { git, mirror, holds, caller, resource } = context;
  const action = await readPush({ git, mirror, commands, caller, resource });
  const facts = await inspectPush(git, mirror.dir, action.updates);
  const lfs = await objectsToSend(context.lfs, () => context.lfsUpstream(), facts.lfs);
  return holds.open({
    action,
    card: describePush({
      action,
      facts,
      workstationName: caller.workstationName,
      resourceName: resource.name,
    }),
    caller,
    resource: resource.id,
    agentWords: agentWordsOf(facts),
    supersedes: await predecessorOf(context, action),
    keep: async (hold) => {
      const list = await writeHeldLfs(git, mirror.dir, hold, lfs);
      const compared = facts.updates.map((update) => update.compared);
      await keepHeld(git, mirror, hold, compared, list === null ? [] : [list]);
    },
  });
}

async function waitForDecision(
  context: PushContext,
  hold: Hold,
  talk: HookTalk,
  clientGone: AbortSignal,
): Promise<Hold> {
  const waitMs = context.holds.clientWaitMs(context.caller.organization);
  talk.say("");
  talk.say(`This push needs a person's approval. Asking as ${hold.id} ...`);
  try {
    return await context.holds.waitUntilSettled(context.caller.organization, hold.id, waitMs, clientGone);
  } catch (error) {
    // It is held, whatever came between: the client is gone, or the database is away, and the hold lives on.
    if (!clientGone.aborted)
      context.log.error({ err: error, hold: hold.id }, "Waiting for a decision broke off");
    return hold;
  }
}

function answerOf(whenHeld: GitResource["whenHeld"], hold: Hold, ref: string): RefAnswer {
  if (hold.state === "released") return { ref, ok: true };
  if (!isSettled(hold.state)) {
    if (whenHeld === "fail") return { ref, ok: false, why: `held as ${hold.id}, NOT pushed yet` };
    return { ref, ok: true, as: `refs/held/${hold.id}` };
  }
  return { ref, ok: false, why: endedWords(hold) };
}

function endedWords(hold: Hold): string {
  switch (hold.state) {
    case "rejected":
      return hold.words === ""
        ? "rejected by the reviewer, without words"
        : `rejected by the reviewer: ${hold.words}`;
    case "failed":
      return hold.outcome?.words ?? "approved, but the push to the upstream failed";
    case "superseded":
      return `${hold.id} was replaced by ${hold.supersededBy ?? "a newer push"}`;
    case "expired":
      return `nobody decided on ${hold.id} in time; push again to ask anew`;
    case "withdrawn":
      return `${hold.id} was withdrawn; push again to ask anew`;
    default:
      return `${hold.id} is ${hold.state}`;
  }
}

function wordsFor(whenHeld: GitResource["whenHeld"], hold: Hold): string[] {
  if (hold.state === "released") return [`${hold.id} was approved, and the upstream has it now.`, ""];
  if (isSettled(hold.state)) return [`${hold.id}: ${endedWords(hold)}`, ""];
  const lines = [
    "",
    `held as ${hold.id}, NOT pushed yet;`,
    "exactly this will be pushed when it is approved;",
    "go on with other work or end your turn.",
  ];
  if (hold.supersedes !== null) lines.push(`It replaces ${hold.supersedes}, which was still waiting.`);
  if (hold.state === "approved" || hold.state === "releasing")
    lines.push("It is approved already and on its way to the upstream.");
  if (whenHeld === "fail")
    lines.push("git reports an error, so that nothing takes it for pushed; the hold stands all the same.");
  return [...lines, `See it with: nightgate holds wait ${hold.id}`, ""];
}
