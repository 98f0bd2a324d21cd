"use client";
/** Before you go to bed: what would end the night before it has begun, each green or with what to do. */
import { ArrowUpRight, Check as CheckMark, CircleDot, Stethoscope, TriangleAlert, X } from "lucide-react";
import type { ComponentType, ReactNode } from "react";
import { ButtonLink, OutsideLink } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { Card, Page, Section } from "../../../ui/page.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { Check, CheckTone } from "../present.ts";
import type { EveningPage } from "../queries.ts";
import { NightForm } from "./night-form.tsx";

const LOOKS: Record<CheckTone, { icon: ComponentType<{ className?: string }>; look: string; words: string }> =
  {
    good: { icon: CheckMark, look: "border-good-line bg-good-ground text-good", words: "ready" },
    warn: { icon: TriangleAlert, look: "border-warn-line bg-warn-ground text-warn", words: "look at this" },
    bad: { icon: X, look: "border-bad-line bg-bad-ground text-bad", words: "to be fixed" },
    neutral: { icon: CircleDot, look: "border-line bg-sunken text-faint", words: "for you to know" },
  };

export function Evening({ page }: { page: EveningPage }): ReactNode {
  return (
    <Page
      title="Before you go to bed"
      lead={leadOf(page.checks)}
      actions={
        <ButtonLink kind="quiet" href="/doctor">
          <Stethoscope aria-hidden="true" className="size-4" /> Doctor
        </ButtonLink>
      }
    >
      <Section title="Checks">
        <Card>
          {page.checks.map((check) => (
            <CheckRow key={check.id} check={check} page={page} />
          ))}
        </Card>
      </Section>
      <NightForm
        night={page.night}
        fallbacks={page.fallbacks}
        zone={page.organizationZone}
        mayChange={page.mayChange}
      />
    </Page>
  );
}

function leadOf(checks: readonly Check[]): string {
  const bad = checks.filter(({ tone }) => tone === "bad").length;
  const warn = checks.filter(({ tone }) => tone === "warn").length;
  if (bad > 0) return `${bad === 1 ? "One thing" : `${bad} things`} would end the night before it begins.`;
  if (warn > 0) return `Ready, with ${warn === 1 ? "one thing" : `${warn} things`} worth a look.`;
  return "All is ready. Good night.";
}

function CheckRow({ check, page }: { check: Check; page: EveningPage }): ReactNode {
  const { icon: Icon, look, words } = LOOKS[check.tone];
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3 md:flex-nowrap">
      <span
        aria-hidden="true"
        className={classes("mt-0.5 grid size-6 shrink-0 place-items-center rounded-full border", look)}
      >
        <Icon className="size-3.5" />
      </span>
      <div className="min-w-0 flex-1 max-md:basis-64">
        <h3 className="anywhere font-medium">
          {visibleText(check.title)} <span className="sr-only">({words})</span>
        </h3>
        <p className="anywhere text-sm text-muted">
          {visibleText(check.words)} {check.at === null ? null : <Time at={check.at} />}
        </p>
      </div>
      <Fix check={check} page={page} />
    </div>
  );
}

function Fix({ check: { fix, tone }, page }: { check: Check; page: EveningPage }): ReactNode {
  if (fix === null) return null;
  const kind = tone === "bad" ? "primary" : "plain";
  const className = "max-md:ml-9";
  return fix.gate ? (
    <OutsideLink
      kind={kind}
      size="small"
      className={className}
      href={`${page.gateOrigin}${fix.href}?organization=${page.organization}`}
    >
      {fix.label} <ArrowUpRight aria-hidden="true" className="size-3.5" />
    </OutsideLink>
  ) : (
    <ButtonLink kind={kind} size="small" className={className} href={fix.href}>
      {fix.label}
    </ButtonLink>
  );
}
