/** Writes who is to be told of a thing, through which of their links and when: the phone first, then each next channel some minutes later. */
import type { GateTransaction } from "@nightgate/db/gate";
import type { ChannelResource } from "@nightgate/shared/policy";
import type { Attention } from "../push/attention.ts";
import { type About, type NewDelivery, writeDeliveries } from "./deliveries.ts";
import { type Link, linksOf } from "./links.ts";

export interface Told {
  about: About;
  persons: readonly string[];
  /** The phone is told of it too, by web push. */
  onPhone: boolean;
  /** A channel that the agent has named: told there, at once. */
  named?: string | null;
}

export interface TellDeps {
  attention: Pick<Attention, "of">;
  now: () => number;
}

/** True when something new was written. */
export async function tell(
  tx: GateTransaction,
  { attention, now }: TellDeps,
  organization: string,
  channels: readonly ChannelResource[],
  told: Told,
): Promise<boolean> {
  const known = new Map(channels.map((channel) => [channel.id, channel]));
  const links = (await linksOf(tx, told.persons)).filter(
    (link) => link.failedAt === null && known.has(link.channel),
  );
  if (links.length === 0) return false;
  const made: NewDelivery[] = [];
  for (const person of new Set(links.map((link) => link.person))) {
    const theirs = links.filter((link) => link.person === person);
    const named = told.named
      ? theirs.filter((link) => isNamed(known.get(link.channel), told.named ?? ""))
      : [];
    made.push(
      ...(named.length > 0
        ? named.map((link) => toNew(link, true, now()))
        : await inTurn(tx, { attention, now }, theirs, told.onPhone)),
    );
  }
  return await writeDeliveries(tx, organization, told.about, oncePerPlace(made, links));
}

/** By its name in the policy, or by what it speaks: `telegram`. */
export function isNamed(channel: ChannelResource | undefined, name: string): boolean {
  const wanted = name.trim().toLowerCase();
  return channel !== undefined && (channel.name.toLowerCase() === wanted || channel.service === wanted);
}

async function inTurn(
  tx: GateTransaction,
  { attention, now }: TellDeps,
  links: readonly Link[],
  onPhone: boolean,
): Promise<NewDelivery[]> {
  const [first] = links;
  if (first === undefined) return [];
  const { escalateMinutes } = await attention.of(first.person);
  const before = onPhone && (await hasPhone(tx, first.person)) ? 1 : 0;
  return links.map((link, at) => toNew(link, false, now() + (before + at) * escalateMinutes * 60_000));
}

/** Whether any device of the person's is rung. */
export async function hasPhone(tx: GateTransaction, person: string): Promise<boolean> {
  const row = await tx.gatePushSubscriptions.findFirst({
    where: { personId: person, failedAt: null },
    select: { id: true },
  });
  return row !== null;
}

function toNew({ id, person, channel }: Link, named: boolean, dueMs: number): NewDelivery {
  return { link: id, person, channel, named, dueAt: new Date(dueMs) };
}

/** A place that the organization shares is told once, however many members have put it on their list. */
function oncePerPlace(made: readonly NewDelivery[], links: readonly Link[]): NewDelivery[] {
  const seen = new Set<string>();
  return made.filter((each) => {
    const shared = links.some((link) => link.id === each.link && link.address === "");
    if (!shared) return true;
    if (seen.has(each.channel)) return false;
    seen.add(each.channel);
    return true;
  });
}
