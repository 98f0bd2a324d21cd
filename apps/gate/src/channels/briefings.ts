/** Sends each member's briefing once a day, at the time that they chose: its row is written in one transaction with its deliveries. */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import { composeBriefing } from "@nightgate/shared/briefing";
import { briefingText } from "@nightgate/shared/briefing-text";
import { Problem } from "@nightgate/shared/problems";
import { membersOf } from "../push/recipients.ts";
import { briefingRows } from "./briefing-rows.ts";
import { writeDeliveries } from "./deliveries.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import { linksOf } from "./links.ts";
import type { Origins } from "./words.ts";

export interface BriefingChoice {
  minute: number;
  timeZone: string;
  /** Links that it is sent through. */
  links: string[];
  /** The phone says that it is there. */
  phone: boolean;
}

export interface Briefings {
  of(organization: string, person: string): Promise<BriefingChoice | null>;
  /** Null: none is sent any more. Throws Problem input.invalid for a time zone that is none. */
  set(organization: string, person: string, choice: BriefingChoice | null): Promise<void>;
  /** Writes those that are due now. */
  write(organization: string): Promise<void>;
}

export interface BriefingsDeps {
  db: GateDatabase;
  now: () => number;
  origins: Origins;
  /** The phone is told that there is one: no word of it. */
  ring(person: string, day: string): Promise<void>;
}

interface Row {
  person_id: string;
  minute: number;
  time_zone: string;
  links: string[];
  phone: boolean;
}

export function createBriefings(deps: BriefingsDeps): Briefings {
  const { db } = deps;
  return {
    of: async (organization, person) =>
      await db.asOrganization(organization, async (tx) => {
        const [row] = await tx.$queryRaw<Row[]>`
          SELECT * FROM gate.briefing_choices WHERE person_id = ${person}`;
        return row === undefined
          ? null
          : { minute: row.minute, timeZone: row.time_zone, links: row.links, phone: row.phone };
      }),
    set: async (organization, person, choice) => {
      if (choice !== null && localTime(0, choice.timeZone) === null)
        throw new Problem("input.invalid", { why: "there is no such time zone" });
      await db.asOrganization(organization, async (tx) => {
        await tx.$executeRaw`DELETE FROM gate.briefing_choices WHERE person_id = ${person}`;
        if (choice === null) return;
        const own = new Set((await linksOf(tx, [person])).map(({ id }) => id));
        const links = choice.links.filter((id) => own.has(id));
        await tx.$executeRaw`
          INSERT INTO gate.briefing_choices (organization_id, person_id, minute, time_zone, links, phone)
          VALUES (${organization}, ${person}, ${choice.minute}, ${choice.timeZone}, ${links}, ${choice.phone})`;
      });
    },
    write: async (organization) => {
      const rung = await db.asOrganization(
        organization,
        async (tx) => await writeDue(tx, deps, organization),
      );
      for (const { person, day } of rung) await deps.ring(person, day);
    },
  };
}

/** Returns whose phone is to be told. */
async function writeDue(
  tx: GateTransaction,
  deps: BriefingsDeps,
  organization: string,
): Promise<{ person: string; day: string }[]> {
  const choices = await tx.$queryRaw<Row[]>`SELECT * FROM gate.briefing_choices`;
  const due = choices.flatMap((choice) => {
    const day = dueDay(choice, deps.now());
    return day === null ? [] : [{ choice, day }];
  });
  if (due.length === 0) return [];
  const members = new Set((await membersOf(tx, organization)).map(({ person }) => person));
  const rung: { person: string; day: string }[] = [];
  for (const { choice, day } of due) {
    const person = choice.person_id;
    if (!members.has(person) || !(await writeOne(tx, deps, organization, choice, day))) continue;
    if (choice.phone) rung.push({ person, day });
  }
  return rung;
}

/** False when it was written before. */
async function writeOne(
  tx: GateTransaction,
  { now, origins }: BriefingsDeps,
  organization: string,
  choice: Row,
  day: string,
): Promise<boolean> {
  const until = new Date(now());
  const [last] = await tx.$queryRaw<{ until_at: Date }[]>`
    SELECT until_at FROM gate.briefings WHERE person_id = ${choice.person_id} ORDER BY until_at DESC LIMIT 1`;
  const earliest = until.getTime() - CHANNEL_LIMITS.briefingSpanMsMax;
  const from = new Date(Math.max(last?.until_at.getTime() ?? until.getTime() - DAY_MS, earliest));
  const briefing = composeBriefing(await briefingRows(tx, from, until));
  const fresh = await tx.$executeRaw`
    INSERT INTO gate.briefings (organization_id, person_id, day, from_at, until_at, quiet)
    VALUES (${organization}, ${choice.person_id}, ${day}, ${from}, ${until}, ${briefing.quiet}) ON CONFLICT DO NOTHING`;
  if (fresh === 0) return false;
  const text = briefingText(briefing, {
    timeZone: choice.time_zone,
    webOrigin: origins.web,
    gateOrigin: origins.gate,
    charactersMax: CHANNEL_LIMITS.textCharactersMax - 100,
  });
  const links = (await linksOf(tx, [choice.person_id])).filter(
    (link) => link.failedAt === null && choice.links.includes(link.id),
  );
  const body = { title: briefing.quiet ? "Good morning. A quiet night." : "Good morning. The night:", text };
  await writeDeliveries(
    tx,
    organization,
    { kind: "briefing", id: `${choice.person_id} ${day}`, turn: 0 },
    links.map(({ id, person, channel }) => ({ link: id, person, channel, named: true, dueAt: until, body })),
  );
  return true;
}

const DAY_MS = 86_400_000;

/** The day of which the briefing is due now: its minute has come, and is not long past. */
function dueDay({ minute, time_zone }: Row, now: number): string | null {
  const local = localTime(now, time_zone);
  if (local === null) return null;
  const lateMs = (local.minute - minute) * 60_000;
  return lateMs >= 0 && lateMs < CHANNEL_LIMITS.briefingLateMsMax ? local.day : null;
}

/** Null for a time zone that is none. */
function localTime(at: number, timeZone: string): { day: string; minute: number } | null {
  try {
    const day = new Intl.DateTimeFormat("en-CA", { timeZone }).format(at);
    const format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const [hours = "0", minutes = "0"] = format.format(at).split(":");
    return { day, minute: Number(hours) * 60 + Number(minutes) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
