"use client";
/** A program asks in the person's browser. Its name is its own word; where the answer goes is what can be believed. */
import { type ReactNode, useState } from "react";
import { z } from "zod";
import { useAct } from "../../../browser/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { ConsentView } from "../present.ts";
import { type Right, Rights } from "./rights.tsx";
import { Sheet } from "./sheet.tsx";

const answer = z.object({ location: z.string() });
type Asking = Exclude<ConsentView, { problem: string }>;

export function Consent({ view }: { view: ConsentView }): ReactNode {
  if ("problem" in view)
    return (
      <Sheet title="This program cannot be let in" ask={view.ask}>
        <Notice tone="bad" role="alert" title="Nothing was granted">
          {visibleText(view.problem)} Go back to the program and start again there.
        </Notice>
      </Sheet>
    );
  return <Decide view={view} />;
}

function Decide({ view }: { view: Asking }): ReactNode {
  const { act, busy, problem } = useAct();
  const [right, setRight] = useState<Right>(view.scope === "act" && view.ask.mayAct ? "act" : "read");
  const [gone, setGone] = useState(false);
  const decide = (decision: Right | "refuse"): void =>
    act(
      "/api/access/consent",
      { request: view.request, decision, organization: view.ask.organization.id },
      (result) => {
        setGone(true);
        window.location.assign(answer.parse(result).location);
      },
    );
  const name = visibleText(view.client);
  return (
    <Sheet title={`Let “${name}” in?`} ask={view.ask}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          decide(right);
        }}
      >
        <div className="rounded-lg border border-line bg-surface p-4 shadow-sm">
          <Facts
            facts={[
              { label: "It calls itself", value: name },
              { label: "The answer goes to", value: <Where to={view.to} /> },
            ]}
          />
        </div>
        {view.to.kind === "site" ? (
          <Notice tone="warn">
            Whoever runs <b className="anywhere">{visibleText(view.to.name)}</b> then acts as you. Go on only
            if you have just asked them to.
          </Notice>
        ) : null}
        <Rights asked={view.scope} mayAct={view.ask.mayAct} value={right} onChange={setRight} />
        <ProblemNotice problem={problem} />
        <div className="flex gap-3">
          <Button className="flex-1" disabled={busy || gone} onClick={() => decide("refuse")}>
            Refuse
          </Button>
          <Button type="submit" kind="primary" className="flex-1" disabled={busy || gone}>
            {gone ? "Going back…" : "Let it in"}
          </Button>
        </div>
        <p className="text-center text-sm text-faint">
          You can take it back at any time under Settings, Programs.
        </p>
      </form>
    </Sheet>
  );
}

function Where({ to }: { to: Asking["to"] }): ReactNode {
  const name = <b>{visibleText(to.name)}</b>;
  if (to.kind === "site") return <>{name}, a site on the internet</>;
  if (to.kind === "this-computer") return <>this computer ({name})</>;
  return <>the program “{name}” on this computer</>;
}
