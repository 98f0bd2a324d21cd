"use client";
/** What a workstation may use, as the signed policy says it. Changed at the gate alone. */
import { ArrowUpRight, Bell, BrainCircuit, GitBranch, Globe } from "lucide-react";
import type { ComponentType, ReactNode } from "react";
import { OutsideLink } from "../../../ui/button.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import type { ResourceView } from "../present.ts";

const ICONS: Record<ResourceView["kind"], ComponentType<{ className?: string }>> = {
  git: GitBranch,
  model: BrainCircuit,
  http: Globe,
  channel: Bell,
};

export function Resources({
  resources,
  addHref,
  policyHref,
}: {
  resources: ResourceView[];
  addHref: string;
  policyHref: string;
}): ReactNode {
  return (
    <Section
      title="What it may use"
      count={resources.length}
      actions={
        <a
          href={policyHref}
          className="inline-flex items-center gap-1 text-sm text-accent-text hover:underline"
        >
          Policy at the gate <ArrowUpRight aria-hidden="true" className="size-3.5" />
        </a>
      }
    >
      {resources.length === 0 ? (
        <div className="rounded-lg border border-dashed border-line-strong p-6 text-center">
          <p className="mb-4 text-muted">
            Nothing yet: no model, no repository, no host. You add them at the gate and sign with your
            passkey.
          </p>
          <OutsideLink kind="primary" href={addHref}>
            Add a model key and a repository
          </OutsideLink>
        </div>
      ) : (
        <Card>
          {resources.map((resource) => (
            <ResourceLine key={resource.id} resource={resource} />
          ))}
        </Card>
      )}
    </Section>
  );
}

function ResourceLine({ resource }: { resource: ResourceView }): ReactNode {
  const Icon = ICONS[resource.kind];
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
      <Icon aria-hidden="true" className="size-4 shrink-0 text-faint" />
      <div className="min-w-0 flex-1 basis-52">
        <p className="anywhere font-medium">
          {resource.name}
          {resource.rehearsal ? (
            <span className="ml-2 rounded-sm bg-warn-ground px-1.5 py-0.5 text-xs font-medium text-warn">
              rehearsal
            </span>
          ) : null}
        </p>
        <p className="truncate text-sm text-muted" title={resource.target}>
          {resource.target}
        </p>
      </div>
      <p className="text-sm text-faint">{wordsOf(resource)}</p>
    </div>
  );
}

function wordsOf(resource: ResourceView): string {
  if (resource.kind === "http") return "reads pass";
  const key = resource.credential === true ? "key at the gate" : "no key yet";
  if (resource.kind === "model") return key;
  if (resource.kind === "channel") return "notifications";
  return `${resource.push === "deny" ? "pushes refused" : "pushes held"}, ${resource.credential === true ? "credential at the gate" : "no credential"}`;
}
