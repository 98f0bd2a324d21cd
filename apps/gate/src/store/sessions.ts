/** The gate's own sessions. The cookie's token is random; its SHA-256 is the key, so a reader of the table cannot sign in with it. A session decides nothing. */
import { createHash, randomBytes } from "node:crypto";
import type { GateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import { LIMITS } from "../core/limits.ts";

export interface Sessions {
  /** Makes a session and returns the cookie's token. */
  create(person: string, userAgent: string): Promise<string>;
  /** The person of a live session, or null. */
  person(token: string | undefined): Promise<string | null>;
  end(token: string): Promise<void>;
}

const TOKEN_BYTES = 32;
const USER_AGENT_CHARACTERS_MAX = 300;

export function createSessions({ db, clock }: { db: GateDatabase; clock: Clock }): Sessions {
  return {
    create: async (person, userAgent) => {
      const token = randomBytes(TOKEN_BYTES).toString("base64url");
      const now = clock.now();
      await db.asNobody(async (tx) => {
        await tx.gateSessions.deleteMany({ where: { expiresAt: { lt: new Date(now) } } });
        const times = {
          createdAt: new Date(now),
          seenAt: new Date(now),
          expiresAt: new Date(now + LIMITS.sessionMs),
        };
        await tx.gateSessions.create({
          data: {
            tokenDigest: digest(token),
            personId: person,
            userAgent: userAgent.slice(0, USER_AGENT_CHARACTERS_MAX),
            ...times,
          },
        });
      });
      return token;
    },
    person: async (token) => {
      if (!token) return null;
      const now = clock.now();
      return await db.asNobody(async (tx) => {
        const row = await tx.gateSessions.findUnique({ where: { tokenDigest: digest(token) } });
        if (!row || row.expiresAt.getTime() <= now || row.seenAt.getTime() + LIMITS.sessionIdleMs <= now)
          return null;
        if (row.seenAt.getTime() + LIMITS.sessionSeenMs <= now)
          await tx.gateSessions.updateMany({
            where: { tokenDigest: row.tokenDigest },
            data: { seenAt: new Date(now) },
          });
        return row.personId;
      });
    },
    end: async (token) => {
      await db.asNobody(
        async (tx) => await tx.gateSessions.deleteMany({ where: { tokenDigest: digest(token) } }),
      );
    },
  };
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
