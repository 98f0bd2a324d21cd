"use client";
/** All chains: when each begins next, and how its last night went. */
import { count } from "@nightgate/shared/briefing";
import { Plus, Workflow } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { Card, Page } from "../../../ui/page.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Time } from "../../../ui/time.tsx";
import type { ChainsPage } from "../queries.ts";
import { ApplyChain } from "./apply-chain.tsx";

const FIRST_CHAIN = `name: my-first-chain
on:
  schedule: [{ cron: "0 2 * * *", timezone: UTC }]
jobs:
  review: { agent: { prompt: "Review what was merged yesterday, and write down what worries you." } }
  fix: { needs: [review], agent: { prompt: "Fix the worst thing that the review found, on a branch." } }
`;

export function ChainList({ page }: { page: ChainsPage }): ReactNode {
  const [creating, setCreating] = useState(false);
  const create = page.mayChange ? (
    <Button kind="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden="true" className="size-4" /> New chain
    </Button>
  ) : undefined;
  return (
    <Page
      title="Chains"
      lead="Tasks that need each other, and run through the night in their order."
      actions={
        <>
          <ButtonLink kind="quiet" href="/locks">
            Locks
          </ButtonLink>
          {page.chains.length === 0 ? null : create}
        </>
      }
    >
      {page.chains.length === 0 ? (
        <Empty icon={<Workflow />} title="There is no chain yet" action={create}>
          A chain is a file of tasks: a check that wakes an agent only if something is wrong, a review, a
          briefing at the end. Write one here, or apply a file with{" "}
          <code className="rounded-sm bg-sunken px-1">nightgate chains apply FILE</code>.
        </Empty>
      ) : (
        <Card>
          {page.chains.map((chain) => (
            <Link
              key={chain.id}
              href={`/chains/${chain.id}`}
              className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-0.5 px-4 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2 md:flex-nowrap"
            >
              <span className="order-2 shrink-0 md:order-1 md:w-52">
                {chain.last === null ? (
                  <StateBadge label="Has not run yet" tone="neutral" />
                ) : (
                  <StateBadge
                    label={chain.last.state.label}
                    tone={chain.last.state.tone}
                    live={chain.last.state.live}
                  />
                )}
              </span>
              <span className="order-1 w-full min-w-0 md:order-2 md:flex-1">
                <span className="anywhere font-medium">{chain.name}</span>
                <span className="block text-sm text-muted">
                  {chain.jobs === 0
                    ? "Its document cannot be read"
                    : `${count(chain.jobs, "task", "tasks")} on ${chain.workstation}`}
                </span>
              </span>
              <span className="order-3 shrink-0 text-sm text-faint max-md:ml-auto">
                {!chain.enabled ? (
                  "paused"
                ) : chain.next === null ? (
                  "begins when asked"
                ) : (
                  <>
                    next <Time at={chain.next.at} />
                  </>
                )}
              </span>
            </Link>
          ))}
        </Card>
      )}
      <ApplyChain
        open={creating}
        title="New chain"
        document={FIRST_CHAIN}
        workstations={page.workstations}
        onClose={() => setCreating(false)}
      />
    </Page>
  );
}
