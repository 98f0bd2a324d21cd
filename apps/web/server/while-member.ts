/** Long answers end when the right to them does: a stream is cut when its person is removed from the organization, or its session is ended. */
import { limits } from "../limits.ts";
import { live } from "./live.ts";
import { log } from "./log.ts";
import { stillMember } from "./member.ts";
import type { Session } from "./session.ts";

const TELLING = new Set(["control.members", "control.sessions"]);

/** A signal that aborts with `signal`, or as soon as the session's person is no member there any more. */
export function whileMember(session: Session, signal: AbortSignal): AbortSignal {
  const ended = new AbortController();
  const look = (): void => {
    stillMember(session).then(
      (still) => {
        if (!still) ended.abort();
      },
      (error: unknown) => {
        // Nobody can say whether they still may: the stream ends, and the page asks again.
        log.warn({ error }, "a stream's membership could not be checked");
        ended.abort();
      },
    );
  };
  const stop = live().follow(session.organization, (heard) => {
    if (heard.kind === "missed") return look();
    if (TELLING.has(heard.change.table) && heard.change.id === session.person) look();
  });
  const both = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(limits.streamMsMax)]);
  both.addEventListener("abort", stop, { once: true });
  if (both.aborted) stop();
  return both;
}
