/** The gate's own sessions. The cookie's token is random; its SHA-256 is the key, so a reader of the table cannot sign in with it. A session decides nothing. */
import { createHash, randomBytes } from "node:crypto";
import type { GateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import { LIMITS } from "../core/limits.ts";
import type { OwnSession } from "../core/people-ports.ts";

export interface Sessions {
  /** Makes a session and returns the cookie's token. */
  create(person: string, userAgent: string, address?: string): Promise<string>;
  list(token: string): Promise<OwnSession[]>;
  /** Ends one of the same person's by its id, or all others; answers how many. */
  endOthers(token: string, which: { id: string } | "others"): Promise<number>;
  /** The person of a live session, or null. */
  person(token: string | undefined): Promise<string | null>;
  end(token: string): Promise<void>;
}

const TOKEN_BYTES = 32;
const USER_AGENT_CHARACTERS_MAX = 300;
const ADDRESS_CHARACTERS_MAX = 100;
const LISTED_MAX = 100;
/** A session's name in a list: the beginning of its digest, which opens nothing. */
const ID_CHARACTERS = 16;

export function createSessions({ db, clock }: { db: GateDatabase; clock: Clock }): Sessions {
  return {
    ...listing({ db, clock }),
    create: async (person, userAgent, address = "") => {
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
            address: address.slice(0, ADDRESS_CHARACTERS_MAX),
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

function listing({ db, clock }: { db: GateDatabase; clock: Clock }): Pick<Sessions, "list" | "endOthers"> {
  const idOf = (tokenDigest: string): string => tokenDigest.slice(0, ID_CHARACTERS);
  return {
    list: async (token) =>
      await db.asNobody(async (tx) => {
        const own = await tx.gateSessions.findUnique({ where: { tokenDigest: digest(token) } });
        if (!own) return [];
        const now = clock.now();
        const rows = await tx.gateSessions.findMany({
          where: {
            personId: own.personId,
            expiresAt: { gt: new Date(now) },
            seenAt: { gt: new Date(now - LIMITS.sessionIdleMs) },
          },
          orderBy: { seenAt: "desc" },
          take: LISTED_MAX,
        });
        return rows.map((row) => ({
          id: idOf(row.tokenDigest),
          userAgent: row.userAgent,
          address: row.address,
          createdAt: row.createdAt,
          seenAt: row.seenAt,
          current: row.tokenDigest === own.tokenDigest,
        }));
      }),
    endOthers: async (token, which) =>
      await db.asNobody(async (tx) => {
        const own = await tx.gateSessions.findUnique({ where: { tokenDigest: digest(token) } });
        if (!own) return 0;
        const rows = await tx.gateSessions.findMany({ where: { personId: own.personId } });
        const doomed = rows
          .map((row) => row.tokenDigest)
          .filter((each) => (which === "others" ? each !== own.tokenDigest : idOf(each) === which.id));
        return (await tx.gateSessions.deleteMany({ where: { tokenDigest: { in: doomed } } })).count;
      }),
  };
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
