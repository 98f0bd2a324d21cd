"use client";
/** The organization that is open: who is in it, the way to another one, and the way out. */
import { ArrowUpRight, Check, ChevronRight, Users } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { type Act, useAct } from "../../../browser/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { CopyId } from "../../../ui/copy-id.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { SettingsView } from "../queries.ts";

const ROW =
  "flex min-h-14 w-full items-center gap-4 px-4 py-2.5 text-left transition-colors hover:bg-hover focus-visible:-outline-offset-2";

export function OrganizationSection({ view }: { view: SettingsView }): ReactNode {
  const { act, busy, problem } = useAct();
  const [leaving, setLeaving] = useState(false);
  const others = view.organizations.filter((each) => each.id !== view.organization.id);
  const name = visibleText(view.organization.name);
  return (
    <Section title={others.length === 0 ? "Organization" : "Organizations"}>
      <Card>
        <Link href="/settings/members" className={ROW}>
          <Users aria-hidden="true" className="size-4 shrink-0 text-faint" />
          <span className="min-w-0 flex-1">
            <span className="block font-medium">Members</span>
            <span className="block text-sm text-muted">Who is in {name}, roles, invitations</span>
          </span>
          <ChevronRight aria-hidden="true" className="size-4 shrink-0 text-faint" />
        </Link>
        <Current view={view} busy={busy} onLeave={() => setLeaving(true)} />
        <Others others={others} act={act} busy={busy} />
        {view.role === "owner" ? (
          <a href={`${view.gateOrigin}/organizations/new`} className={ROW}>
            <span aria-hidden="true" className="size-4 shrink-0" />
            <span className="min-w-0 flex-1">
              <span className="block">Found another organization</span>
              <span className="block text-sm text-muted">At the gate, with your passkey</span>
            </span>
            <ArrowUpRight aria-hidden="true" className="size-4 shrink-0 text-faint" />
          </a>
        ) : null}
      </Card>
      <ProblemNotice problem={problem} className="mt-2" />
      <Confirm
        open={leaving}
        title={`Leave ${name}?`}
        words="What you have open of it ends at once. Tasks that you queued go on. To come back you need a new invitation."
        confirm="Leave"
        onClose={() => setLeaving(false)}
        onConfirm={() => {
          setLeaving(false);
          act("/api/members/leave", {}, () => window.location.assign("/"));
        }}
      />
    </Section>
  );
}

function Others({
  others,
  act,
  busy,
}: {
  others: { id: string; name: string }[];
  act: Act["act"];
  busy: boolean;
}): ReactNode {
  return (
    <>
      {others.map((each) => (
        <button
          key={each.id}
          type="button"
          disabled={busy}
          className={ROW}
          onClick={() =>
            act("/api/organizations/switch", { organization: each.id }, () => window.location.assign("/"))
          }
        >
          <span aria-hidden="true" className="size-4 shrink-0" />
          <span className="anywhere min-w-0 flex-1 font-medium">{visibleText(each.name)}</span>
          <span className="text-sm text-accent-text">Switch</span>
        </button>
      ))}
    </>
  );
}

function Current({
  view,
  busy,
  onLeave,
}: {
  view: SettingsView;
  busy: boolean;
  onLeave: () => void;
}): ReactNode {
  const name = visibleText(view.organization.name);
  return (
    <div className={ROW}>
      <Check aria-hidden="true" className="size-4 shrink-0 text-good" />
      <span className="min-w-0 flex-1">
        <span className="anywhere block font-medium">{name}</span>
        <span className="block text-sm text-muted">
          open now, you are {view.role} <CopyId id={view.organization.id} />
        </span>
      </span>
      {view.role === "owner" ? (
        <a
          href={`${view.gateOrigin}/organization?organization=${view.organization.id}`}
          className="inline-flex items-center gap-1 text-sm text-accent-text hover:underline"
        >
          Rename <ArrowUpRight aria-hidden="true" className="size-3.5" />
        </a>
      ) : null}
      <Button kind="quiet" size="small" disabled={busy} onClick={onLeave}>
        Leave
      </Button>
    </div>
  );
}
