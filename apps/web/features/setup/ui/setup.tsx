"use client";
/** Set-up: five steps, each with its live state. What works by itself says so; what a person has to do is open. */
import { ArrowUpRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useNewTask } from "../../../browser/use-new-task.ts";
import { Button, ButtonLink, OutsideLink } from "../../../ui/button.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Page } from "../../../ui/page.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { WORKSTATION_STATES } from "../../../ui/workstation-words.ts";
import type { SetupPage } from "../queries.ts";
import { CreateFirst } from "./create-first.tsx";
import { Names } from "./names.tsx";
import { Step } from "./step.tsx";

export function Setup({ page }: { page: SetupPage }): ReactNode {
  const { setup } = page;
  const done = Object.values(setup.states).filter((state) => state === "done").length;
  return (
    <Page
      title={setup.finished ? "Set-up is complete" : "From nothing to a running task"}
      lead={`${done} of 5 steps are done. You can leave this page: what is under way goes on without it.`}
    >
      <ol className="relative">
        <Step
          number={1}
          title="Workstation image"
          state={setup.states.image}
          current={setup.current === "image"}
        >
          <Image page={page} />
        </Step>
        <Step
          number={2}
          title="Workstation"
          state={setup.states.workstation}
          current={setup.current === "workstation"}
        >
          <Workstation page={page} />
        </Step>
        <Step
          number={3}
          title="Model key and repository"
          state={setup.states.resources}
          current={setup.current === "resources"}
        >
          <Resources page={page} />
        </Step>
        <Step
          number={4}
          title="The device that you decide on"
          state={setup.states.device}
          current={setup.current === "device"}
        >
          <Device page={page} />
        </Step>
        <Step number={5} title="First task" state={setup.states.task} current={setup.current === "task"} last>
          <FirstTask page={page} />
        </Step>
      </ol>
    </Page>
  );
}

function Image({ page }: { page: SetupPage }): ReactNode {
  const { image, states } = page.setup;
  if (states.image === "done") return <p className="text-muted">Ready: Linux with the agents in it.</p>;
  if (image?.state === "failed") {
    return (
      <Notice tone="bad" title="The image could not be built">
        {image.detail || image.step}
      </Notice>
    );
  }
  return (
    <>
      <p className="text-muted">
        {image === null ? "The provisioner is about to begin." : sentence(image.step || "Being built")} You
        can go on with the next steps meanwhile.
      </p>
      <progress
        aria-label="Progress of the image"
        max={100}
        value={image?.progress ?? 0}
        className="mt-3 block h-1.5 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
      />
      {image?.detail ? <p className="anywhere mt-1.5 text-sm text-faint">{image.detail}</p> : null}
    </>
  );
}

/** A step ends with a full stop, whoever wrote it. */
function sentence(words: string): string {
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}

function Workstation({ page }: { page: SetupPage }): ReactNode {
  const { workstation } = page.setup;
  if (workstation === null)
    return page.mayChange ? (
      <CreateFirst />
    ) : (
      <p className="text-muted">An owner or admin of the organization has to create one.</p>
    );
  const state = WORKSTATION_STATES[workstation.state];
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3">
          <span className="font-medium">{workstation.name}</span>
          <StateBadge label={state.label} tone={state.tone} live={state.live} />
        </p>
        <p className="anywhere mt-0.5 text-sm text-muted">{workstation.detail || state.means}</p>
      </div>
      <ButtonLink href={`/workstations/${workstation.id}`} size="small">
        Open
      </ButtonLink>
    </div>
  );
}

function Resources({ page }: { page: SetupPage }): ReactNode {
  const { setup } = page;
  if (setup.workstation === null)
    return (
      <p className="text-muted">Comes after the workstation, since it says what that workstation may use.</p>
    );
  return (
    <>
      <ul className="space-y-1">
        <Has what="Model" name={setup.model?.name} missing="no key yet" />
        <Has what="Repository" name={setup.repository?.name} missing="none yet" />
      </ul>
      {setup.rehearsal ? (
        <div className="mt-3">
          <Notice tone="warn" title="This is a rehearsal">
            The model follows a script and the repository is a sample on this host. Everything between them is
            real: the agent, the hold, your passkey.
          </Notice>
        </div>
      ) : null}
      <div className="mt-3 flex flex-wrap gap-2">
        <OutsideLink
          href={page.addHref}
          kind={setup.states.resources === "done" ? "plain" : "primary"}
          size="small"
        >
          {setup.states.resources === "done" ? "Add another" : "Add them at the gate"}{" "}
          <ArrowUpRight aria-hidden="true" className="size-3.5" />
        </OutsideLink>
        {setup.rehearsalOffered && setup.states.resources !== "done" ? (
          <OutsideLink href={page.rehearsalHref} size="small">
            Try it without a key
          </OutsideLink>
        ) : null}
      </div>
      {setup.rehearsalOffered && setup.states.resources !== "done" ? (
        <p className="mt-2 text-sm text-faint">
          Without a key means a rehearsal: a scripted model and a sample repository on this host, plainly
          marked. Nothing leaves this machine.
        </p>
      ) : null}
    </>
  );
}

function Has({
  what,
  name,
  missing,
}: {
  what: string;
  name: string | undefined;
  missing: string;
}): ReactNode {
  return (
    <li className="flex items-center gap-3 text-sm">
      <span className="w-24 shrink-0 text-faint">{what}</span>
      {name === undefined ? (
        <span className="text-muted">{missing}</span>
      ) : (
        <StateBadge label={name} tone="good" />
      )}
    </li>
  );
}

const REAL_PROMPT =
  "Read this repository and write a CONTRIBUTING.md that says how to build and test it. Commit it on a branch agent/contributing and push the branch.";
const REHEARSAL_PROMPT = "Print prices with a currency, run the tests, commit, and push to main.";

/** Done when the device has rung and signed: a phone that stays silent is found out now and not at night. */
function Device({ page }: { page: SetupPage }): ReactNode {
  const { device, phoneCanReach } = page.setup;
  return (
    <>
      {device === null ? (
        <p className="text-muted">
          What is held rings your phone, and a passkey there decides. A test shows that both work.
        </p>
      ) : (
        <StateBadge
          label={`${device.name || "Your device"} ${device.rings ? "rang and signed a test" : "signed a test; it does not ring"}`}
          tone="good"
        />
      )}
      {phoneCanReach ? (
        <Names />
      ) : (
        <p className="mt-2 text-sm text-faint">
          A phone needs https names for Nightgate; this installation has names of this computer alone. Until
          it has them, this computer can be your device.
        </p>
      )}
      <OutsideLink
        href={page.notificationsHref}
        kind={device === null && page.setup.current === "device" ? "primary" : "plain"}
        size="small"
        className="mt-3"
      >
        {device !== null ? "Another device" : phoneCanReach ? "Connect your phone" : "Use this computer"}{" "}
        <ArrowUpRight aria-hidden="true" className="size-3.5" />
      </OutsideLink>
    </>
  );
}

function FirstTask({ page }: { page: SetupPage }): ReactNode {
  const { setup } = page;
  const { open, allowed } = useNewTask();
  const [prompt] = useState(setup.rehearsal ? REHEARSAL_PROMPT : REAL_PROMPT);
  if (setup.firstTask !== null) {
    return (
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted">
          The first task has been queued. When its push waits, approve it at the gate.
        </p>
        <ButtonLink href={`/jobs/${setup.firstTask}`} size="small">
          Open it
        </ButtonLink>
      </div>
    );
  }
  if (setup.states.task === "blocked") return <p className="text-muted">Needs a workstation and a model.</p>;
  return (
    <>
      <blockquote className="rounded-md border border-line bg-sunken px-3 py-2 text-sm text-muted">
        {prompt}
      </blockquote>
      {allowed ? (
        <Button kind="primary" size="small" className="mt-3" onClick={() => open(prompt)}>
          Review and queue it
        </Button>
      ) : null}
    </>
  );
}
