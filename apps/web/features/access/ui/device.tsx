"use client";
/** A program on another machine waits with a code: type it, look at what it is, say yes or no. */
import { Check, Terminal, X } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { z } from "zod";
import { useAct } from "../../../browser/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { DeviceView } from "../present.ts";
import { type Right, Rights } from "./rights.tsx";
import { Sheet } from "./sheet.tsx";

const waiting = z.object({
  userCode: z.string(),
  clientName: z.string(),
  machine: z.string(),
  address: z.string(),
  scope: z.enum(["read", "act"]),
  askedAt: z.string(),
});
type Waiting = z.infer<typeof waiting>;
type Done = "in" | "refused";

export function Device({ view }: { view: DeviceView }): ReactNode {
  const [found, setFound] = useState<Waiting | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  if (done !== null)
    return (
      <Sheet title={done === "in" ? "It is let in" : "It was turned away"} ask={view.ask}>
        <Notice tone={done === "in" ? "good" : "neutral"} role="status">
          <span className="flex gap-2">
            {done === "in" ? (
              <Check aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-good" />
            ) : (
              <X aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-muted" />
            )}
            {done === "in"
              ? "Go back to the terminal: it goes on by itself. You can take this back under Settings, Programs."
              : "Nothing was granted. If you did not start a login, somebody may have sent you their code."}
          </span>
        </Notice>
        <p className="mt-4 text-center text-sm">
          <Link href="/settings/access" className="text-accent-text underline underline-offset-2">
            Programs with access
          </Link>
        </p>
      </Sheet>
    );
  return found === null ? (
    <Enter view={view} onFound={setFound} />
  ) : (
    <Decide view={view} found={found} onDone={setDone} onBack={() => setFound(null)} />
  );
}

function Enter({ view, onFound }: { view: DeviceView; onFound: (found: Waiting) => void }): ReactNode {
  const { act, busy, problem } = useAct();
  const [code, setCode] = useState(view.code);
  return (
    <Sheet title="Which program waits?" ask={view.ask}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          act("/api/access/device/look", { code }, (result) => onFound(waiting.parse(result)));
        }}
      >
        <div>
          <label htmlFor="code" className="text-sm font-medium">
            The code in its terminal
          </label>
          <input
            id="code"
            value={code}
            onChange={(event) => setCode(event.target.value)}
            placeholder="BCDF-GHJK"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            required
            maxLength={20}
            className="mt-1.5 block h-12 w-full rounded-md border border-line-strong bg-surface px-3 text-center font-mono text-lg tracking-widest uppercase outline-none placeholder:text-faint focus:border-accent"
          />
          {view.code === "" ? null : (
            <p className="mt-1.5 text-sm text-muted">
              From the link. Compare it with the terminal before you go on.
            </p>
          )}
        </div>
        <ProblemNotice problem={problem} />
        <Button type="submit" kind="primary" className="w-full" disabled={busy}>
          {busy ? "Looking…" : "Continue"}
        </Button>
      </form>
    </Sheet>
  );
}

function Decide({
  view,
  found,
  onDone,
  onBack,
}: {
  view: DeviceView;
  found: Waiting;
  onDone: (done: Done) => void;
  onBack: () => void;
}): ReactNode {
  const { act, busy, problem } = useAct();
  const [right, setRight] = useState<Right>(found.scope === "act" && view.ask.mayAct ? "act" : "read");
  const decide = (decision: Right | "refuse"): void =>
    act(
      "/api/access/device",
      { code: found.userCode, decision, organization: view.ask.organization.id },
      () => onDone(decision === "refuse" ? "refused" : "in"),
    );
  return (
    <Sheet title="Let this program in?" ask={view.ask}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          decide(right);
        }}
      >
        <Program found={found} />
        <Notice tone="warn">
          Go on only if you have started this login yourself, just now. Nightgate never sends you a code.
        </Notice>
        <Rights asked={found.scope} mayAct={view.ask.mayAct} value={right} onChange={setRight} />
        {problem === null ? null : (
          <Notice tone="bad" role="alert">
            {problem}{" "}
            <button type="button" className="underline underline-offset-2" onClick={onBack}>
              Type another code
            </button>
          </Notice>
        )}
        <div className="flex gap-3">
          <Button className="flex-1" disabled={busy} onClick={() => decide("refuse")}>
            Refuse
          </Button>
          <Button type="submit" kind="primary" className="flex-1" disabled={busy}>
            Let it in
          </Button>
        </div>
      </form>
    </Sheet>
  );
}

function Program({ found }: { found: Waiting }): ReactNode {
  return (
    <div className="rounded-lg border border-line bg-surface p-4 shadow-sm">
      <p className="mb-3 flex items-center gap-2 font-medium">
        <Terminal aria-hidden="true" className="size-4 shrink-0 text-faint" />
        {visibleText(found.clientName)}
      </p>
      <Facts
        facts={[
          {
            label: "On the machine",
            value: found.machine === "" ? "it did not say" : visibleText(found.machine),
          },
          { label: "Code", value: <span className="font-mono">{found.userCode}</span> },
          { label: "From the address", value: found.address === "" ? "unknown" : found.address },
          { label: "Asked", value: <Time at={Date.parse(found.askedAt)} /> },
        ]}
      />
    </div>
  );
}
