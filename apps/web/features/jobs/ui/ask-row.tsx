"use client";
/** Something that was asked and has not happened yet, or was refused; refused words go back into the box. */
import { Clock, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../../../ui/button.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { AskView } from "../present.ts";
import { putBack } from "./composer-events.ts";

const WAITING: Record<AskView["kind"], string> = {
  prompt: "Queued: the agent reads it when its turn ends",
  decision: "The decision is on its way to the agent",
  peer: "Another agent’s message: it is said in the next turn",
  platform: "Nightgate’s own words: they are said in the next turn",
  retry: "A new run is being started",
  interrupt: "The agent is being asked to stop its turn",
  cancel: "The run is being cancelled",
};
const REFUSED: Record<AskView["kind"], string> = {
  prompt: "Not delivered",
  decision: "Not delivered",
  peer: "Not delivered",
  platform: "Not delivered",
  retry: "No new run was started",
  interrupt: "The turn could not be stopped",
  cancel: "The run could not be cancelled",
};

export function AskRow({ ask, job }: { ask: AskView; job: string }): ReactNode {
  const refused = ask.error !== null;
  return (
    <div className="flex flex-col items-end py-2">
      {ask.text === "" ? null : (
        <p
          className={`anywhere max-w-[88%] rounded-lg rounded-br-sm border border-dashed px-3.5 py-2.5 whitespace-pre-wrap ${refused ? "border-bad-line" : "border-line-strong text-muted"}`}
        >
          {visibleText(ask.text)}
        </p>
      )}
      <p className={`mt-1 flex items-center gap-1.5 text-xs ${refused ? "text-bad" : "text-muted"}`}>
        {refused ? (
          <TriangleAlert aria-hidden="true" className="size-3" />
        ) : (
          <Clock aria-hidden="true" className="size-3" />
        )}
        <span className="anywhere">{refused ? `${REFUSED[ask.kind]}: ${ask.error}` : WAITING[ask.kind]}</span>
      </p>
      {refused && ask.text !== "" ? (
        <Button kind="quiet" size="small" onClick={() => putBack(job, ask.text)}>
          Put it back into the box
        </Button>
      ) : null}
    </div>
  );
}
