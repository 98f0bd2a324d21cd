"use client";
/** The person, the organization, and what the gate keeps about both. */
import {
  ArrowUpRight,
  Bell,
  Brain,
  ChevronRight,
  Fingerprint,
  KeyRound,
  LogOut,
  Moon,
  ScrollText,
  SlidersHorizontal,
  Stethoscope,
  Terminal,
} from "lucide-react";
import Link from "next/link";
import { type ComponentType, type ReactNode, useState } from "react";
import { post } from "../../../browser/api.ts";
import { Button } from "../../../ui/button.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { SettingsView } from "../queries.ts";
import { OrganizationSection } from "./organization.tsx";
import { Sessions } from "./sessions.tsx";

const AT_THE_GATE: readonly {
  path: string;
  icon: ComponentType<{ className?: string }>;
  title: string;
  text: string;
}[] = [
  { path: "/passkeys", icon: Fingerprint, title: "Passkeys", text: "What you sign in and decide with" },
  {
    path: "/notifications",
    icon: Bell,
    title: "Notifications",
    text: "Which phones and browsers ring when something waits",
  },
  {
    path: "/vault",
    icon: KeyRound,
    title: "Vault",
    text: "Model keys and credentials; they go in and never come out",
  },
  {
    path: "/policy",
    icon: SlidersHorizontal,
    title: "Policy",
    text: "Which workstation may use what, signed by an approver",
  },
  { path: "/audit", icon: ScrollText, title: "Audit", text: "Receipts of every hold, decision and release" },
];

const OWN_PAGES: readonly {
  href: string;
  icon: ComponentType<{ className?: string }>;
  title: string;
  text: string;
}[] = [
  {
    href: "/settings/access",
    icon: Terminal,
    title: "Programs with access",
    text: "The command line and assistants that ask in your name",
  },
  {
    href: "/evening",
    icon: Moon,
    title: "The night",
    text: "Its hours and its budget, and what is to be checked before you go to bed",
  },
  {
    href: "/memory",
    icon: Brain,
    title: "Memory",
    text: "What agents have written down for each other, and what was changed of late",
  },
  {
    href: "/doctor",
    icon: Stethoscope,
    title: "Doctor",
    text: "Tasks and schedules in a state that cannot be, and what would repair it",
  },
];

export function Settings({ view }: { view: SettingsView }): ReactNode {
  const { gateOrigin } = view;
  const query = `?organization=${view.organization.id}`;
  return (
    <Page title="Settings">
      <Section title="You">
        <div className="rounded-lg border border-line bg-surface p-4 shadow-sm">
          <Facts
            facts={[
              { label: "Name", value: visibleText(view.person) },
              { label: "Role", value: view.role },
            ]}
          />
          <div className="mt-4 border-t border-line pt-4">
            <SignOut />
          </div>
        </div>
      </Section>
      <OrganizationSection view={view} />
      <Sessions sessions={view.sessions} gateHref={`${gateOrigin}/sessions`} />
      <OwnPages />
      <Section title="Kept at the gate">
        <Card>
          {AT_THE_GATE.map(({ path, icon: Icon, title, text }) => (
            <a
              key={path}
              href={gateOrigin + path + query}
              className="flex min-h-14 items-center gap-4 px-4 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2"
            >
              <Icon aria-hidden="true" className="size-4 shrink-0 text-faint" />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{title}</span>
                <span className="block text-sm text-muted">{text}</span>
              </span>
              <ArrowUpRight aria-hidden="true" className="size-4 shrink-0 text-faint" />
            </a>
          ))}
        </Card>
        <p className="mt-2 text-sm text-faint">
          This app cannot read secrets, use passkeys or approve anything. Those pages are the gate&apos;s own.
        </p>
      </Section>
    </Page>
  );
}

function OwnPages(): ReactNode {
  return (
    <Section title="More">
      <Card>
        {OWN_PAGES.map(({ href, icon: Icon, title, text }) => (
          <Link
            key={href}
            href={href}
            className="flex min-h-14 items-center gap-4 px-4 py-2.5 transition-colors hover:bg-hover focus-visible:-outline-offset-2"
          >
            <Icon aria-hidden="true" className="size-4 shrink-0 text-faint" />
            <span className="min-w-0 flex-1">
              <span className="block font-medium">{title}</span>
              <span className="block text-sm text-muted">{text}</span>
            </span>
            <ChevronRight aria-hidden="true" className="size-4 shrink-0 text-faint" />
          </Link>
        ))}
      </Card>
    </Section>
  );
}

function SignOut(): ReactNode {
  const [problem, setProblem] = useState<string | null>(null);
  const signOut = (): void => {
    void post("/api/sign-out").then((answer) => {
      if (answer.ok) window.location.assign("/");
      else setProblem(answer.words);
    });
  };
  return (
    <>
      <Button onClick={signOut}>
        <LogOut aria-hidden="true" className="size-4" /> Sign out
      </Button>
      <ProblemNotice problem={problem} className="mt-3" />
    </>
  );
}
