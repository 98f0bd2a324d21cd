"use client";
/** Inviting: a role, a link that is shown once, and what became of the links that were made. */
import { Check, Copy, UserPlus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { z } from "zod";
import { useAct } from "../../../browser/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { Picker } from "../../../ui/picker.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { InvitationState, InvitationView, MembersView } from "../present.ts";
import { ROLE_WORDS } from "../roles.ts";

const made = z.object({ link: z.string() });

export function Invitations({ view }: { view: MembersView }): ReactNode {
  const open = view.invitations.filter((each) => each.state === "open");
  const past = view.invitations.filter((each) => each.state !== "open");
  return (
    <Section title="Invite somebody">
      <InviteForm roles={view.roles} />
      {open.length === 0 ? null : (
        <div className="mt-4">
          <h3 className="mb-2 text-sm text-muted">Open invitations</h3>
          <Card>
            {open.map((each) => (
              <InvitationLine key={each.id} invitation={each} />
            ))}
          </Card>
        </div>
      )}
      {past.length === 0 ? null : (
        <details className="mt-3 text-sm">
          <summary className="cursor-pointer text-muted">Past invitations ({past.length})</summary>
          <div className="mt-2">
            <Card>
              {past.map((each) => (
                <InvitationLine key={each.id} invitation={each} />
              ))}
            </Card>
          </div>
        </details>
      )}
    </Section>
  );
}

function InviteForm({ roles }: { roles: MembersView["roles"] }): ReactNode {
  const { act, busy, problem } = useAct();
  const [note, setNote] = useState("");
  const [role, setRole] = useState<string>(roles.includes("member") ? "member" : (roles[0] ?? "viewer"));
  const [link, setLink] = useState<string | null>(null);
  const submit = (): void =>
    act("/api/members/invitations", { role, note }, (result) => {
      const read = made.safeParse(result);
      if (read.success) setLink(read.data.link);
      setNote("");
    });
  return (
    <div className="rounded-lg border border-line bg-surface p-4 shadow-sm">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="min-w-0 flex-1 basis-52">
          <TextField label="Who is it for?" value={note} onChange={setNote} />
        </div>
        <Picker
          label="Role"
          value={role}
          onChange={setRole}
          options={roles.map((each) => ({ value: each, text: each }))}
        />
        <Button type="submit" kind="primary" disabled={busy} className="max-md:w-full">
          <UserPlus aria-hidden="true" className="size-4" /> {busy ? "Making a link…" : "Make a link"}
        </Button>
      </form>
      <p className="mt-2 text-sm text-faint">
        {ROLE_WORDS[roles.find((each) => each === role) ?? "viewer"]} The link works once, for seven days.
      </p>
      <ProblemNotice problem={problem} className="mt-3" />
      {link === null ? null : <NewLink link={link} />}
    </div>
  );
}

function NewLink({ link }: { link: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  return (
    <div className="mt-4">
      <Notice tone="accent" title="Send this link to them. It is shown only now." role="status">
        <div className="mt-2 flex flex-wrap items-center gap-2">
          <input
            readOnly
            aria-label="Invitation link"
            value={link}
            onFocus={(event) => event.target.select()}
            className="h-9 min-w-0 flex-1 basis-60 rounded-md border border-line-strong bg-surface px-2 font-mono text-xs"
          />
          <Button
            size="small"
            onClick={() => void navigator.clipboard.writeText(link).then(() => setCopied(true))}
          >
            {copied ? (
              <Check aria-hidden="true" className="size-4" />
            ) : (
              <Copy aria-hidden="true" className="size-4" />
            )}
            {copied ? "Copied" : "Copy"}
          </Button>
        </div>
        <p className="mt-2 text-muted">
          Whoever opens it first joins. They make or use a passkey at the gate; that makes nobody an approver.
        </p>
      </Notice>
    </div>
  );
}

const STATE_WORDS: Record<InvitationState, string> = {
  open: "ends",
  used: "used",
  revoked: "taken back",
  expired: "expired",
};

function InvitationLine({ invitation }: { invitation: InvitationView }): ReactNode {
  const { act, busy, problem } = useAct();
  const whom = invitation.note === "" ? "Somebody" : visibleText(invitation.note);
  return (
    <div className="px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <div className="min-w-0 flex-1 basis-52">
          <p className="anywhere">
            <span className="font-medium">{whom}</span> as {invitation.role}
          </p>
          <p className="text-sm text-muted">
            invited by {visibleText(invitation.invitedBy)}, {STATE_WORDS[invitation.state]}{" "}
            <Time at={Date.parse(invitation.until)} />
            {invitation.usedBy === null ? null : <> by {visibleText(invitation.usedBy)}</>}
          </p>
        </div>
        {invitation.state === "open" ? (
          <Button
            kind="quiet"
            size="small"
            disabled={busy}
            onClick={() => act(`/api/members/invitations/${invitation.id}/revoke`)}
          >
            Take back<span className="sr-only"> the invitation for {whom}</span>
          </Button>
        ) : null}
      </div>
      <ProblemNotice problem={problem} className="mt-2" />
    </div>
  );
}
