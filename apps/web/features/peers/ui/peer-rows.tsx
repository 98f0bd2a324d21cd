"use client";
/** A workstation with the agents at work on it; and a person. */
import Link from "next/link";
import type { ReactNode } from "react";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { taskState, type Tone } from "../../../ui/task-states.ts";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import { WORKSTATION_STATES } from "../../../ui/workstation-words.ts";
import type { PeerView, PersonView } from "../queries.ts";

export function PeerRow({ peer }: { peer: PeerView }): ReactNode {
  const state = standing(peer);
  return (
    <article aria-label={peer.name} className="px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h3 className="anywhere min-w-0">
          <Link href={`/workstations/${peer.id}`} className="font-medium hover:underline">
            {peer.name}
          </Link>
          {peer.agents.length === 0 ? null : (
            <span className="ml-2 text-sm text-faint">{peer.agents.join(", ")}</span>
          )}
        </h3>
        <span className="flex items-baseline gap-3 text-sm text-faint">
          {peer.seenAt === null ? null : (
            <span>
              last seen <Time at={peer.seenAt} />
            </span>
          )}
          <StateBadge label={state.label} tone={state.tone} live={state.live} />
        </span>
      </div>
      {peer.descriptions.map(({ agent, text }) => (
        <p key={agent} className="anywhere mt-0.5 line-clamp-3 text-sm text-muted">
          {agent === "" ? null : <span className="text-faint">{agent}: </span>}
          {visibleText(text)}
        </p>
      ))}
      <Tasks peer={peer} />
    </article>
  );
}

/** What the workstation is; and where it is ready, whether anybody is at work. */
function standing({ state, tasks }: PeerView): { label: string; tone: Tone; live: boolean } {
  if (state !== "ready") return WORKSTATION_STATES[state];
  const busy = tasks.some((task) => taskState(task.state).live);
  if (busy) return { label: "Busy", tone: "accent", live: true };
  return tasks.length > 0
    ? { label: "Waiting", tone: "warn", live: false }
    : { label: "Asleep", tone: "neutral", live: false };
}

function Tasks({ peer }: { peer: PeerView }): ReactNode {
  if (peer.tasks.length === 0)
    return peer.state === "ready" ? (
      <p className="mt-1 text-sm text-faint">Nobody is at work. A question begins a run.</p>
    ) : null;
  return (
    <ul aria-label={`At work on ${peer.name}`} className="mt-1.5 space-y-1 text-sm">
      {peer.tasks.map((task) => {
        const state = taskState(task.state);
        return (
          <li key={`${task.job} ${task.since}`} className="flex flex-wrap items-baseline gap-x-3">
            <span className="w-20 shrink-0 text-muted">{task.agent}</span>
            <Link href={`/jobs/${task.job}`} className="anywhere line-clamp-2 min-w-0 flex-1 hover:underline">
              {visibleText(task.title)}
            </Link>
            <span className="flex shrink-0 items-baseline gap-3 text-faint max-md:w-full max-md:pl-23">
              <StateBadge label={state.label} tone={state.tone} live={state.live} />
              <Time at={task.since} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

export function PersonRow({ person }: { person: PersonView }): ReactNode {
  return (
    <div className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 px-4 py-2">
      <span className="anywhere min-w-0">
        {visibleText(person.name)}
        {person.you ? <span className="text-faint"> (you)</span> : null}
        <span className="ml-2 text-sm text-faint">{person.role}</span>
      </span>
      <span className="text-sm text-faint">
        {person.seenAt === null ? (
          "not signed in"
        ) : (
          <>
            last here <Time at={person.seenAt} />
          </>
        )}
      </span>
    </div>
  );
}
