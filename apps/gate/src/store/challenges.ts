/** WebAuthn challenges: each is used once and expires (invariant 3). Taking one is a single UPDATE, so two answers to one challenge cannot both take it. */
import { randomBytes } from "node:crypto";
import type { GateDatabase } from "@nightgate/db/gate";
import type { Clock } from "@nightgate/shared/clock";
import { LIMITS } from "../core/limits.ts";
import { asJson } from "./rows.ts";

export type ChallengePurpose = "sign-in" | "enroll" | "decide" | "test";

export interface TakenChallenge {
  challenge: string;
  person: string | null;
  /** What the purpose kept; to be parsed by whoever takes it. */
  context: unknown;
}

export interface Challenges {
  put(entry: {
    purpose: ChallengePurpose;
    challenge: string;
    person: string | null;
    context: object;
  }): Promise<void>;
  /** The challenge, now used up; null when it is unknown, used, expired or of another purpose. */
  take(purpose: ChallengePurpose, challenge: string): Promise<TakenChallenge | null>;
}

export function createChallenges({ db, clock }: { db: GateDatabase; clock: Clock }): Challenges {
  return {
    put: async ({ purpose, challenge, person, context }) =>
      await db.asNobody(async (tx) => {
        const now = clock.now();
        await tx.gateChallenges.deleteMany({
          where: { expiresAt: { lt: new Date(now - LIMITS.challengeMs) } },
        });
        // Anybody may ask to sign in: the oldest open ones make room, so that nobody is shut out for long.
        const crowd = await tx.gateChallenges.findMany({
          where: { purpose },
          orderBy: { createdAt: "desc" },
          skip: LIMITS.challengesOpenMax - 1,
          select: { id: true },
        });
        if (crowd.length > 0)
          await tx.gateChallenges.deleteMany({ where: { id: { in: crowd.map((entry) => entry.id) } } });
        const id = randomBytes(16).toString("base64url");
        await tx.gateChallenges.create({
          data: {
            id,
            purpose,
            challenge,
            personId: person,
            context: asJson(context),
            createdAt: new Date(now),
            expiresAt: new Date(now + LIMITS.challengeMs),
          },
        });
      }),
    take: async (purpose, challenge) =>
      await db.asNobody(async (tx) => {
        const now = new Date(clock.now());
        // Invariant 3: used once. It is used up before anything is verified, so a wrong answer cannot be corrected either.
        const [row] = await tx.$queryRaw<{ person_id: string | null; context: unknown }[]>`
          UPDATE gate.challenges SET used_at = ${now}
          WHERE challenge = ${challenge} AND purpose = ${purpose} AND used_at IS NULL AND expires_at > ${now}
          RETURNING person_id, context`;
        return row ? { challenge, person: row.person_id, context: row.context } : null;
      }),
  };
}
