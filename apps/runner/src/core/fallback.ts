/** A second provider: a run whose first one is at its limit for long, or does not accept its credential, goes on with it, in a session of its own that is told what was. */
import { type Decision, move, NOTHING, type RunSnapshot, type SecondProvider } from "./snapshot.ts";
import { isGone } from "./turn.ts";
import { takeOverPrompt } from "./words.ts";

/** What to do about a run that waits for its provider. */
export function decideFallback(snapshot: RunSnapshot, now: Date): Decision {
  const { run, agentd, fallback, handOver, lastWords } = snapshot;
  if (fallback === null || agentd === null) return NOTHING;
  const why = whyNot(snapshot, fallback.afterMs, now);
  if (why === null) return NOTHING;
  // Two agents of one run would work on the same files.
  if (!isGone(agentd))
    return { kind: "act", command: "stop", id: `fallback-${run.id}-${run.epoch}`.slice(0, 64), prompts: [] };
  if (!agentd.caughtUp) return NOTHING;
  const text = `${why} It goes on with ${sayWho(fallback)}, in a session of its own that is told what was asked and done. The job's next run begins as before.`;
  const { agent, model } = fallback;
  return move("queued", {
    prompts: [
      takeOverPrompt(
        run.id,
        run.epoch,
        "The model's provider could not go on with it.",
        handOver ?? { asked: [], files: [] },
        lastWords,
      ),
    ],
    resend: true,
    fallback: { agent, model },
    marks: [{ id: `fallback-${run.epoch}`, kind: "fallback", text }],
    notes: [text],
  });
}

/** Why its provider is not waited for, as a sentence; null while it is. */
function whyNot({ run }: RunSnapshot, afterMs: number, now: Date): string | null {
  if (run.state === "needs_auth") return "The model's provider does not accept the credential.";
  if (run.resumeAt === null || run.resumeAt.getTime() - now.getTime() <= afterMs) return null;
  const until = run.resumeAt.toISOString();
  return `The model's provider is at its limit until ${until.slice(0, 10)} ${until.slice(11, 16)} UTC.`;
}

function sayWho({ agent, model }: SecondProvider): string {
  return model === null ? agent : `${agent} and the model ${model.name}`;
}
