/**
 * Whom a note to a named channel reaches, and how: those who have that channel hear of it there and nowhere else, since it was chosen for them.
 * A result that goes to several channels is several notes, written at one moment: whoever has one of them is told by that one, and whoever has
 * none is told once, as of any other note.
 */
import type { GateTransaction } from "@nightgate/db/gate";
import type { ChannelResource } from "@nightgate/shared/policy";
import { linksOf } from "./links.ts";
import { hasPhone, isNamed } from "./tell.ts";

export interface Reach {
  /** Told at the named channel. */
  there: string[];
  /** Told on the phone alone, because that is what was named. */
  onPhone: string[];
  /** Told as of a note to nobody's channel: the phone first, then the next one. */
  asUsual: string[];
}

/** The name by which an agent, or a chain, means the phone. */
const PHONE = "push";

/** `channel` is what the note names. */
export async function reachOf(
  tx: GateTransaction,
  channels: readonly ChannelResource[],
  note: { id: string; channel: string },
  persons: readonly string[],
): Promise<Reach> {
  const siblings = await siblingsOf(tx, note.id);
  const links = (await linksOf(tx, persons)).filter(({ failedAt }) => failedAt === null);
  const reach: Reach = { there: [], onPhone: [], asUsual: [] };
  for (const person of persons) {
    const theirs = channels.filter(({ id }) =>
      links.some((link) => link.person === person && link.channel === id),
    );
    const phone = await hasPhone(tx, person);
    const has = (name: string): boolean =>
      name.trim().toLowerCase() === PHONE ? phone : theirs.some((channel) => isNamed(channel, name));
    const first = siblings.find(({ channel }) => has(channel)) ?? siblings[0];
    const isPhone = note.channel.trim().toLowerCase() === PHONE;
    if (has(note.channel) && !isPhone) reach.there.push(person);
    // With no other channel of theirs among them, a phone that shows nothing has the usual ones behind it.
    else if (has(note.channel) && siblings.some(({ channel, id }) => id !== note.id && has(channel)))
      reach.onPhone.push(person);
    else if (first?.id === note.id) reach.asUsual.push(person);
  }
  return reach;
}

/** The notes of one result, this one among them. */
async function siblingsOf(tx: GateTransaction, id: string): Promise<{ id: string; channel: string }[]> {
  return await tx.$queryRaw<{ id: string; channel: string }[]>`
    SELECT s.id, s.channel FROM jobs.human_messages o JOIN jobs.human_messages s
      ON s.created_at = o.created_at AND s.text = o.text AND s.job_id IS NOT DISTINCT FROM o.job_id
    WHERE o.id = ${id} AND s.kind = 'note' AND s.channel IS NOT NULL ORDER BY s.id`;
}
