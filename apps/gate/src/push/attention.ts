/**
 * What may break a person's quiet hours, and how often a night (attack N3): only what they have named, only so many things, each counted once
 * on however many devices it rings. The rest arrives without a sound, or waits for the briefing.
 */
import type { GateDatabase } from "@nightgate/db/gate";
import { isQuiet, type QuietHours, type QuietHoursStore } from "./quiet-hours.ts";

export const WAKES = ["urgent", "hold", "question", "failure"] as const;
export type Wake = (typeof WAKES)[number];

export interface AttentionChoices {
  /** How long the phone is waited for before the next channel; 0: not at all. */
  escalateMinutes: number;
  /** Things that may ring in one night. */
  nightMax: number;
  wakes: Wake[];
}

export interface Attention {
  of(person: string): Promise<AttentionChoices>;
  set(person: string, choices: AttentionChoices): Promise<void>;
  /** Whether this may ring now. `about` names the thing: the same thing asked again gets the same answer for the night. */
  mayRing(person: string, kinds: readonly Wake[], about: string): Promise<boolean>;
}

const DEFAULTS: AttentionChoices = { escalateMinutes: 5, nightMax: 3, wakes: ["urgent"] };

interface Row {
  escalate_minutes: number;
  night_max: number;
  wakes: string[];
}

export function createAttention(deps: {
  db: GateDatabase;
  quietHours: Pick<QuietHoursStore, "of">;
  now: () => number;
}): Attention {
  const { db, quietHours, now } = deps;
  const of = async (person: string): Promise<AttentionChoices> =>
    await db.asNobody(async (tx) => {
      const [row] = await tx.$queryRaw<Row[]>`SELECT * FROM gate.attention WHERE person_id = ${person}`;
      if (row === undefined) return DEFAULTS;
      return {
        escalateMinutes: row.escalate_minutes,
        nightMax: row.night_max,
        wakes: WAKES.filter((wake) => row.wakes.includes(wake)),
      };
    });
  return {
    of,
    set: async (person, { escalateMinutes, nightMax, wakes }) => {
      await db.asNobody(
        async (tx) =>
          await tx.$executeRaw`
          INSERT INTO gate.attention (person_id, escalate_minutes, night_max, wakes)
          VALUES (${person}, ${escalateMinutes}, ${nightMax}, ${wakes})
          ON CONFLICT (person_id) DO UPDATE
            SET escalate_minutes = EXCLUDED.escalate_minutes, night_max = EXCLUDED.night_max, wakes = EXCLUDED.wakes`,
      );
    },
    mayRing: async (person, kinds, about) => {
      const hours = await quietHours.of(person);
      if (hours === null || !isQuiet(hours, now())) return true;
      const { wakes, nightMax } = await of(person);
      if (!kinds.some((kind) => wakes.includes(kind))) return false;
      return await interrupt(db, { person, night: nightOf(hours, now()), about, max: nightMax });
    },
  };
}

/** Two things at the same time may both find room for one: they are written one after the other, under the person's row. */
async function interrupt(
  db: GateDatabase,
  { person, night, about, max }: { person: string; night: string; about: string; max: number },
): Promise<boolean> {
  return await db.asNobody(async (tx) => {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext(${`interruptions ${person}`}))::text`;
    const rows = await tx.$queryRaw<{ about: string }[]>`
      SELECT about FROM gate.interruptions WHERE person_id = ${person} AND night = ${night}`;
    if (rows.some((row) => row.about === about)) return true;
    if (rows.length >= max) return false;
    await tx.$executeRaw`
      INSERT INTO gate.interruptions (person_id, night, about) VALUES (${person}, ${night}, ${about})`;
    // What is known of nights long past is of no use.
    await tx.$executeRaw`
      DELETE FROM gate.interruptions WHERE person_id = ${person} AND at < now() - interval '7 days'`;
    return true;
  });
}

/** A night is the day on which its quiet hours began. */
export function nightOf({ from, timeZone }: QuietHours, at: number): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone }).format(at - from * 60_000);
}
