/** The push side of smart HTTP: the mirror is made equal to upstream, advertised, and receives the pack; the hooks then ask the gate. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Problem } from "@nightgate/shared/problems";
import { collectText, ended, type Git, type GitSetting, killGroup } from "./git-process.ts";
import type { GitLimits } from "./limits.ts";
import type { GitLog } from "./log.ts";
import type { Mirror } from "./mirror/mirrors.ts";
import { beginAdvertisement, beginResult } from "./refuse.ts";
import { type HookTalk, hookTalk } from "./wire/proc-receive.ts";
import { pushBody } from "./wire/push-body.ts";

/** How strictly a push is received. Messages of fsck that are warnings by default and would let something hide are errors here. */
function receiveSettings(limits: GitLimits, hooks: string): GitSetting[] {
  return [
    ["core.hooksPath", hooks],
    ["receive.procReceiveRefs", "refs"],
    ["receive.fsckObjects", "true"],
    // G5: everything behind a NUL is invisible to whoever reads the message.
    ["receive.fsck.nullInCommit", "error"],
    ["receive.fsck.nulInCommit", "error"],
    ["receive.fsck.zeroPaddedFilemode", "error"],
    ["receive.fsck.badTagName", "error"],
    ["receive.fsck.missingTaggerEntry", "error"],
    ["receive.maxInputSize", String(limits.packBytesMax)],
    ["receive.unpackLimit", "1"],
    ["receive.advertisePushOptions", "false"],
    ["receive.advertiseAtomic", "true"],
    ["receive.shallowUpdate", "false"],
    ["receive.denyCurrentBranch", "ignore"],
    ["receive.denyDeleteCurrent", "ignore"],
    ["transfer.hideRefs", "refs/held"],
    ["transfer.advertiseSID", "false"],
  ];
}

/** Answers `GET info/refs?service=git-receive-pack` from the mirror. */
export async function advertise(
  git: Git,
  mirror: Mirror,
  hooks: string,
  response: ServerResponse,
): Promise<void> {
  const refs = await git.must({
    args: ["receive-pack", "--stateless-rpc", "--http-backend-info-refs", mirror.dir],
    dir: mirror.dir,
    settings: receiveSettings(git.limits, hooks),
  });
  beginAdvertisement(response, "git-receive-pack");
  response.end(refs);
}

export interface PushClient {
  /** Aborted when the client has gone away. */
  gone: AbortSignal;
  /** False for clients that would take "held" for "pushed". */
  understandsHeld(): boolean;
}

export interface Receiving {
  git: Git;
  mirror: Mirror;
  hooks: string;
  log: GitLog;
  /** Holds the conversation with the hooks; must not throw. */
  converse(talk: HookTalk, client: PushClient): Promise<void>;
}

/** Answers `POST git-receive-pack`: git reads the pack and writes the answer, the gate speaks through the hooks. */
export async function receive(
  receiving: Receiving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { git, mirror, hooks, log } = receiving;
  const body = pushBody(request, git.limits.packBytesMax);
  const child = git.spawn(
    {
      args: ["receive-pack", "--stateless-rpc", mirror.dir],
      dir: mirror.dir,
      settings: receiveSettings(git.limits, hooks),
    },
    3,
  );
  const closed = ended(child);
  const complaints = collectText(child, git.limits.complaintBytesMax);
  const clientGone = new AbortController();
  response.once("close", () => {
    // The hold, if there is one, stays: only the waiting ends.
    if (!response.writableFinished) clientGone.abort();
    killGroup(child);
  });
  const done = new AbortController();
  git.clock.wait(git.limits.receiveMs, done.signal).then(
    () => killGroup(child),
    () => "ended in time",
  );
  const talk = hookTalk(child, git.limits.refsMax);
  const conversation = receiving.converse(talk, {
    gone: clientGone.signal,
    understandsHeld: body.understandsHeld,
  });
  if (child.stdin === null || child.stdout === null)
    throw new Problem("git.broken", { what: "receiving a push", why: "git has no pipes" });
  // A body that breaks off is no push: git must not go on with half of it.
  const fed = body.feed(child.stdin).catch(() => killGroup(child));
  beginResult(response, "git-receive-pack");
  child.stdout.pipe(response, { end: false });
  const code = await closed;
  done.abort();
  await fed;
  response.end();
  await conversation;
  if (code !== 0) log.info({ code, complaints: complaints().slice(0, 500) }, "A push was not received");
}
