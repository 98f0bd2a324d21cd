"use client";
/** Who is in the organization, and who was invited. Roles say what somebody may do here; who may approve is signed at the gate. */
import { ArrowUpRight, ShieldCheck } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useAct } from "../../../browser/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { Picker } from "../../../ui/picker.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { MembersView, MemberView } from "../present.ts";
import { ROLE_WORDS } from "../roles.ts";
import { Invitations } from "./invitations.tsx";

export function Members({ view }: { view: MembersView }): ReactNode {
  return (
    <Page
      title="Members"
      lead={
        <>
          Roles say what somebody may do in this app. Who may <b>approve</b> is named in the policy that is
          signed at the gate, and no role makes an approver.
        </>
      }
    >
      {view.mayInvite ? <Invitations view={view} /> : null}
      <Section
        title="People"
        count={view.members.length}
        actions={
          <a
            href={view.approversHref}
            className="inline-flex items-center gap-1 text-sm text-accent-text hover:underline"
          >
            Approvers at the gate <ArrowUpRight aria-hidden="true" className="size-3.5" />
          </a>
        }
      >
        <Card>
          {view.members.map((member) => (
            <MemberLine key={member.person} member={member} organization={view.organizationName} />
          ))}
        </Card>
        <p className="mt-2 text-sm text-faint">
          Somebody has lost their passkeys?{" "}
          <a href={view.helpHref} className="text-accent-text underline underline-offset-2">
            Help them at the gate
          </a>
          .
        </p>
      </Section>
      <Section title="What each role may do">
        <dl className="space-y-1 text-sm">
          {Object.entries(ROLE_WORDS).map(([role, words]) => (
            <div key={role} className="flex gap-3">
              <dt className="w-20 shrink-0 font-medium">{role}</dt>
              <dd className="text-muted">{words}</dd>
            </div>
          ))}
        </dl>
      </Section>
    </Page>
  );
}

function MemberLine({ member, organization }: { member: MemberView; organization: string }): ReactNode {
  const { act, busy, problem } = useAct();
  const [removing, setRemoving] = useState(false);
  const name = visibleText(member.name);
  const path = `/api/members/${member.person}`;
  return (
    <div className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Who member={member} name={name} />
        {member.assignable.length > 0 ? (
          <Picker
            label={`Role of ${name}`}
            value={member.role}
            onChange={(role) => act(`${path}/role`, { role })}
            options={member.assignable.map((role) => ({ value: role, text: role }))}
          />
        ) : (
          <span className="text-sm text-muted">{member.role}</span>
        )}
        {member.assignable.length > 0 && !member.you ? (
          <Button kind="quiet" size="small" disabled={busy} onClick={() => setRemoving(true)}>
            Remove<span className="sr-only"> {name}</span>
          </Button>
        ) : null}
      </div>
      <ProblemNotice problem={problem} className="mt-2" />
      <Confirm
        open={removing}
        title={`Remove ${name} from ${visibleText(organization)}?`}
        words="What they have open here ends at once. Tasks that they queued go on; workstations stay."
        confirm="Remove"
        onClose={() => setRemoving(false)}
        onConfirm={() => {
          setRemoving(false);
          act(`${path}/remove`);
        }}
      />
    </div>
  );
}

function Who({ member, name }: { member: MemberView; name: string }): ReactNode {
  return (
    <>
      <span
        aria-hidden="true"
        className="grid size-8 shrink-0 place-items-center rounded-full bg-sunken text-sm font-semibold text-muted"
      >
        {name.slice(0, 1).toUpperCase()}
      </span>
      <div className="min-w-0 flex-1 basis-40">
        <p className="anywhere font-medium">
          {name} {member.you ? <span className="ml-1 text-sm font-normal text-faint">you</span> : null}
        </p>
        <p className="flex flex-wrap items-center gap-x-3 text-sm text-muted">
          {member.approves ? (
            <span className="inline-flex items-center gap-1 text-good">
              <ShieldCheck aria-hidden="true" className="size-3.5" /> approver
            </span>
          ) : null}
          <span>
            since <Time at={Date.parse(member.since)} />
          </span>
        </p>
      </div>
    </>
  );
}
