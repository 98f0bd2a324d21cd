/** The organization's night as it is set and shown. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { fallback, type NightSettings } from "@nightgate/shared/jobs-inbox";
import { Problem } from "@nightgate/shared/problems";
import { checkSchedule } from "@nightgate/shared/schedule-times";
import { nightBegan, nightHours, nightLimit, type NightRules } from "../core/night.ts";
import { fallbackColumns } from "./fallbacks.ts";
import { spentSince } from "./spending.ts";

export interface NightShown {
  night: NightSettings | null;
  state: "open" | "closing" | "closed";
  opens_at: string | null;
  closes_at: string | null;
  spent_dollars: number;
  limit_dollars: number | null;
}

/** Replaces the rules. Problem `night.invalid` for a zone that there is not, or a window without length. */
export async function setNight(
  tx: JobsTransaction,
  organization: string,
  person: string,
  night: NightSettings,
  now: Date,
): Promise<NightSettings> {
  try {
    checkSchedule("@daily", night.timeZone);
  } catch (error) {
    throw new Problem(
      "night.invalid",
      { why: `there is no time zone ${JSON.stringify(night.timeZone)}` },
      { cause: error },
    );
  }
  const startsAt = night.window === null ? null : minuteOf(night.window.starts);
  const endsAt = night.window === null ? null : minuteOf(night.window.ends);
  if (startsAt !== null && startsAt === endsAt)
    throw new Problem("night.invalid", { why: "it would end at the minute in which it begins" });
  const row = {
    timeZone: night.timeZone,
    startsAt,
    endsAt,
    wrapUpMinutes: night.wrapUpMinutes,
    budgetDollars: night.budgetDollars,
    ...(night.fallback !== undefined && fallbackColumns(night.fallback)),
    updatedBy: person,
    updatedAt: now,
  };
  await tx.jobsNights.upsert({
    where: { organizationId: organization },
    create: { organizationId: organization, ...row },
    update: row,
  });
  return settingsOf(await tx.jobsNights.findUniqueOrThrow({ where: { organizationId: organization } }));
}

/** The rules, where the clock stands in them, and what this night has cost. */
export async function readNightSettings(tx: JobsTransaction, now: Date): Promise<NightShown> {
  const set = await tx.jobsNights.findFirst();
  const rules = set ?? NO_RULES;
  const { state, name, opensAt, closesAt } = nightHours(rules, now);
  return {
    night: set === null ? null : settingsOf(set),
    state,
    opens_at: opensAt?.toISOString() ?? null,
    closes_at: closesAt?.toISOString() ?? null,
    spent_dollars: await spentSince(tx, nightBegan(rules, now)),
    limit_dollars: nightLimit(rules, name),
  };
}

type NightRow = NonNullable<Awaited<ReturnType<JobsTransaction["jobsNights"]["findFirst"]>>>;

const NO_RULES: NightRules = {
  timeZone: "UTC",
  startsAt: null,
  endsAt: null,
  wrapUpMinutes: 0,
  budgetDollars: null,
  extraDollars: 0,
  extraNight: null,
};

function settingsOf(row: NightRow): NightSettings {
  const { timeZone, startsAt, endsAt, wrapUpMinutes, budgetDollars } = row;
  const window =
    startsAt === null || endsAt === null ? null : { starts: clockTime(startsAt), ends: clockTime(endsAt) };
  return { timeZone, window, wrapUpMinutes, budgetDollars, fallback: fallbackOf(row) };
}

function fallbackOf(row: NightRow): NightSettings["fallback"] {
  const agent = fallback.shape.agent.catch(null).parse(row.fallbackAgent);
  const model = row.fallbackModelId;
  return agent === null && model === null ? null : { agent, model, afterMinutes: row.fallbackAfterMinutes };
}

function minuteOf(time: string): number {
  const parsed = /^(?<hours>[01]\d|2[0-3]):(?<minutes>[0-5]\d)$/u.exec(time)?.groups;
  if (parsed === undefined)
    throw new Problem("night.invalid", { why: `${JSON.stringify(time)} is no time such as 06:30` });
  return Number(parsed["hours"]) * 60 + Number(parsed["minutes"]);
}

function clockTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
