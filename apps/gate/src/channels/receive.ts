/** What comes in on a channel: from a linked member it is taken once; a stranger is answered with nothing, not even an error. */
import type { GateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { asMessage, type CommandDeps, type Done, inWordsOf, obey } from "./commands.ts";
import type { Deliveries } from "./deliveries.ts";
import { createFloods } from "./floods.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { Link, Links } from "./links.ts";
import type { Connection, OutMessage, Received } from "./service.ts";

export interface ReceiveDeps extends CommandDeps {
  db: GateDatabase;
  clock: Clock;
  links: Pick<Links, "at" | "useCode">;
  deliveries: Pick<Deliveries, "referred">;
}

export type Take = (organization: string, from: Connection, received: Received) => Promise<OutMessage | null>;

/** `/start CODE` is what Telegram makes of a link that carries one. */
const CODE = /^\/?(?:link|start)\s+([A-Za-z0-9]{6,20})\s*$/;

export function createTake(deps: ReceiveDeps): Take {
  const { clock, links } = deps;
  const now = (): number => clock.now();
  const messages = createFloods({
    now,
    windowMs: 60_000,
    max: CHANNEL_LIMITS.receivedPerMinuteMax,
    sendersMax: CHANNEL_LIMITS.sendersKeptMax,
  });
  const codes = createFloods({
    now,
    windowMs: CHANNEL_LIMITS.codeMs,
    max: CHANNEL_LIMITS.codeTriesMax,
    sendersMax: CHANNEL_LIMITS.sendersKeptMax,
  });
  return async (organization, from, received) => {
    const sender = `${from.channel.id} ${received.address}`;
    if (!messages.allows(sender)) return null;
    const code = CODE.exec(received.text.trim())?.[1];
    if (code !== undefined) {
      if (!codes.allows(sender)) return null;
      const linked = await links.useCode(organization, from.channel.id, code, received);
      if (linked !== null) return asMessage(inWordsOf(from.channel.service, WELCOME));
    }
    const link = await links.at(organization, from.channel.id, received.address);
    if (link === null) return null;
    if (code !== undefined)
      return asMessage("You are linked already, and that code is not right or too old.");
    return await taken(deps, from, link, received);
  };
}

const WELCOME =
  "You are linked. Holds and questions reach you here, and you can answer. Nothing can be approved here: that needs your passkey. /help says what you can write.";

async function taken(
  deps: ReceiveDeps,
  { channel }: Connection,
  link: Link,
  received: Received,
): Promise<OutMessage | null> {
  const { organization } = link;
  const about =
    received.replyTo === null
      ? null
      : await deps.deliveries.referred(organization, link.id, received.replyTo);
  try {
    const done = await deps.db.asOrganization(organization, async (tx): Promise<Done | null> => {
      const fresh = await tx.$executeRaw`
        INSERT INTO gate.channel_received (organization_id, channel_id, external_id)
        VALUES (${organization}, ${channel.id}, ${received.external.slice(0, 200)}) ON CONFLICT DO NOTHING`;
      return fresh === 0 ? null : await obey(tx, deps, { link, service: channel.service, received, about });
    });
    if (done === null) return null;
    if ("say" in done) return asMessage(done.say);
    await deps.reject(done.reject);
    return asMessage(`${done.reject.hold} is rejected. The agent is told why.`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return asMessage(error.message);
  }
}
