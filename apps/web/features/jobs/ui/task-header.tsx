"use client";
import { dollars, testWords } from "@nightgate/shared/briefing";
import { newId } from "@nightgate/shared/ids";
/** Above a conversation: what it is, how it stands, what it has taken, and what can be done with it. */
import { ArrowLeft, Ban, CalendarClock, FlaskConical, GitBranch, Monitor, RotateCcw } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { post } from "../../../browser/api.ts";
import { Button, OutsideLink } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { CopyId } from "../../../ui/copy-id.tsx";
import { Modal } from "../../../ui/modal.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { taskState } from "../../../ui/task-states.ts";
import { short } from "../../../ui/time-words.ts";
import { Elapsed, Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { TaskView } from "../present.ts";

export function TaskHeader({ task, gateOrigin }: { task: TaskView; gateOrigin: string }): ReactNode {
  const state = taskState(task.state);
  const run = task.runs.at(-1);
  return (
    <header className="shrink-0 border-b border-line bg-surface">
      <div className="mx-auto w-full max-w-3xl px-4 py-3">
        <div className="flex items-start gap-2">
          <Link
            href="/jobs"
            aria-label="All tasks"
            className="-ml-2 grid size-8 shrink-0 place-items-center rounded-md text-faint hover:bg-hover hover:text-ink"
          >
            <ArrowLeft aria-hidden="true" className="size-4" />
          </Link>
          <h1 className="anywhere line-clamp-2 min-w-0 flex-1 pt-1 text-md font-semibold">
            {visibleText(task.title)}
          </h1>
          <TaskActions task={task} />
        </div>
        <p className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted md:pl-8">
          <span role="status" aria-live="polite">
            <StateBadge label={state.label} tone={state.tone} live={state.live} />
          </span>
          {run?.startedAt ? <Elapsed from={run.startedAt} to={run.endedAt} /> : <Time at={task.createdAt} />}
          <Link
            href={`/workstations/${task.workstation.id}`}
            className="inline-flex items-center gap-1 hover:text-ink"
          >
            <Monitor aria-hidden="true" className="size-3.5" />
            {task.workstation.name}
          </Link>
          <span className="max-md:hidden">{task.agent}</span>
          {task.repository === null ? null : (
            <span className="anywhere">{visibleText(task.repository.name)}</span>
          )}
          <ScheduleLink schedule={task.schedule} />
          {task.branch === null ? null : (
            <span className="anywhere inline-flex items-center gap-1 font-mono text-xs">
              <GitBranch aria-hidden="true" className="size-3.5" />
              {visibleText(task.branch)}
            </span>
          )}
          <Tests tests={task.tests} />
          <Tokens tokens={task.tokens} />
          <span className="max-md:hidden">
            <CopyId id={task.id} />
          </span>
        </p>
        <Progress progress={task.progress} />
        <StateHelp task={task} gateOrigin={gateOrigin} />
      </div>
    </header>
  );
}

function ScheduleLink({ schedule }: { schedule: TaskView["schedule"] }): ReactNode {
  if (schedule === null) return null;
  return (
    <Link
      href={`/schedules#${schedule.id}`}
      title={schedule.paused ? "Its schedule is paused" : "The schedule that runs it"}
      className="anywhere inline-flex items-center gap-1 hover:text-ink"
    >
      <CalendarClock aria-hidden="true" className="size-3.5 shrink-0" />
      {visibleText(schedule.name)}
      {schedule.paused ? (
        " (paused)"
      ) : schedule.nextAt === null ? null : (
        <span className="text-faint">
          next <Time at={schedule.nextAt} />
        </span>
      )}
    </Link>
  );
}

/** In the agent's own words. */
function Progress({ progress }: { progress: TaskView["progress"] }): ReactNode {
  if (progress === null) return null;
  return (
    <p className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted md:pl-8">
      {progress.percent === null ? null : (
        <progress
          value={progress.percent}
          max={100}
          aria-label={`${progress.percent} % done, by the agent's words`}
          className="h-1.5 w-24 appearance-none overflow-hidden rounded-full bg-hover [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-accent"
        />
      )}
      <span className="anywhere min-w-0 flex-1 line-clamp-2">{visibleText(progress.words)}</span>
      <span className="text-faint">
        <Time at={progress.at} />
      </span>
    </p>
  );
}

function Tests({ tests }: { tests: TaskView["tests"] }): ReactNode {
  if (tests === null) return null;
  return (
    <span
      className={classes("tnum inline-flex items-center gap-1", tests.failed > 0 && "text-bad")}
      title="By the agent’s own words, in its latest run"
    >
      <FlaskConical aria-hidden="true" className="size-3.5" />
      {testWords(tests)}
    </span>
  );
}

function Tokens({ tokens }: { tokens: TaskView["tokens"] }): ReactNode {
  if (tokens.calls === 0) return null;
  return (
    <span
      className="tnum"
      title={`${tokens.input.toLocaleString("en-US")} tokens in (${tokens.cachedInput.toLocaleString("en-US")} of them cached), ${tokens.output.toLocaleString("en-US")} out, ${tokens.calls} calls`}
    >
      {short(tokens.input)} in, {short(tokens.output)} out
      {tokens.dollars === null || tokens.dollars === 0 ? "" : `, ${dollars(tokens.dollars)}`}
    </span>
  );
}

/** What a state that waits means, and the way on. */
function StateHelp({ task, gateOrigin }: { task: TaskView; gateOrigin: string }): ReactNode {
  const run = task.runs.at(-1);
  switch (task.state) {
    case "needs_auth":
      return (
        <Help tone="bad" words={run?.error || "The model provider refused the key."}>
          <OutsideLink size="small" href={`${gateOrigin}/vault`}>
            Replace the key at the gate
          </OutsideLink>
        </Help>
      );
    case "rate_limited":
      return (
        <Help tone="warn" words={run?.error || "The model provider asked to wait."}>
          {run?.resumeAt ? (
            <span className="text-sm text-muted">
              goes on <Time at={run.resumeAt} />
            </span>
          ) : null}
        </Help>
      );
    case "queued":
      return task.waits === null ? null : (
        <p className="mt-2 text-sm text-muted md:pl-8" role="status">
          {visibleText(task.waits)}
        </p>
      );
    default:
      return null;
  }
}

function Help({
  tone,
  words,
  children,
}: {
  tone: "warn" | "bad";
  words: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="mt-2.5">
      <Notice tone={tone}>
        <span className="flex flex-wrap items-center justify-between gap-2">
          <span className="anywhere line-clamp-3 min-w-0">{visibleText(words)}</span>
          {children}
        </span>
      </Notice>
    </div>
  );
}

function TaskActions({ task }: { task: TaskView }): ReactNode {
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const act = (path: string, body: Record<string, unknown>): void => {
    setProblem(null);
    void post(`/api/jobs/${task.id}/${path}`, body).then((answer) => {
      if (answer.ok) setAsking(false);
      else setProblem(answer.words);
    });
  };
  return (
    <div className="flex shrink-0 items-center gap-1.5">
      {problem === null || asking ? null : (
        <span role="alert" className="text-sm text-bad">
          {problem}
        </span>
      )}
      {task.can.retry ? (
        <Button size="small" onClick={() => act("retry", { run: newId("run") })}>
          <RotateCcw aria-hidden="true" className="size-3.5" /> Run again
        </Button>
      ) : null}
      {task.can.cancel ? (
        <Button size="small" kind="quiet" onClick={() => setAsking(true)}>
          <Ban aria-hidden="true" className="size-3.5" /> Cancel
        </Button>
      ) : null}
      <Modal open={asking} onClose={() => setAsking(false)} label="Cancel the run">
        <div className="p-6">
          <h2 className="text-md font-semibold">Cancel this run?</h2>
          <p className="mt-1 text-muted">
            The agent is stopped. Its files stay on the workstation, and you can run the task again. A hold
            that waits at the gate stays there.
          </p>
          <ProblemNotice problem={problem} className="mt-3" />
          <div className="mt-5 flex justify-end gap-2">
            <Button kind="quiet" onClick={() => setAsking(false)}>
              Keep it running
            </Button>
            <Button kind="danger" onClick={() => act("cancel", {})}>
              Cancel the run
            </Button>
          </div>
        </div>
      </Modal>
    </div>
  );
}
