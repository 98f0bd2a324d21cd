/** The person's half of the device flow: the program that waits with a code, shown and decided about. Guessing codes is limited per person. */
import type { ControlTransaction } from "@nightgate/db/control";
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { limits } from "../../limits.ts";
import type { Scope } from "../../server/access-token.ts";
import { inNobody } from "../../server/database.ts";
import type { Member } from "../../server/member.ts";
import { asShown } from "./device-logins.ts";

/** What a person decides about. */
export interface WaitingLogin {
  userCode: string;
  clientName: string;
  machine: string;
  address: string;
  scope: Scope;
  askedAt: string;
}

/** The login that waits with this code. A wrong code counts as a guess. Throws Problem device-code.unusable or device-code.guesses. */
export async function findWaitingLogin(member: Member, typed: string): Promise<WaitingLogin> {
  const found = await inNobody(async (tx) => {
    await countGuess(tx, member.person);
    const row = await waitingRow(tx, typed);
    if (row)
      await tx.controlCodeGuesses.updateMany({
        where: { personId: member.person },
        data: { wrong: { decrement: 1 } },
      });
    return row;
  });
  if (!found) throw new Problem("device-code.unusable", {});
  return {
    userCode: asShown(found.userCode),
    clientName: found.clientName,
    machine: found.machine,
    address: found.address,
    scope: found.scope === "act" ? "act" : "read",
    askedAt: found.createdAt.toISOString(),
  };
}

/** Lets the program in, with no more than it asked for, or turns it away. Throws as `findWaitingLogin` does. */
export async function decideDeviceLogin(
  member: Member,
  typed: string,
  decision: Scope | "refuse",
): Promise<void> {
  const waiting = await findWaitingLogin(member, typed);
  const scope = waiting.scope === "read" || decision === "read" ? "read" : "act";
  const decided = await inNobody(
    async (tx) =>
      await tx.controlDeviceLogins.updateMany({
        where: {
          userCode: plain(typed),
          state: "waiting",
          expiresAt: { gt: new Date(systemClock.now()) },
        },
        data: {
          state: decision === "refuse" ? "refused" : "approved",
          scope,
          organizationId: member.organization,
          personId: member.person,
        },
      }),
  );
  if (decided.count !== 1) throw new Problem("device-code.unusable", {});
}

/** As people type it: small letters, blanks and hyphens or none. */
function plain(typed: string): string {
  return typed.toUpperCase().replaceAll(/[\s-]/g, "");
}

async function waitingRow(
  tx: ControlTransaction,
  typed: string,
): Promise<Awaited<ReturnType<ControlTransaction["controlDeviceLogins"]["findFirst"]>>> {
  return await tx.controlDeviceLogins.findFirst({
    where: { userCode: plain(typed), state: "waiting", expiresAt: { gt: new Date(systemClock.now()) } },
  });
}

/**
 * Every look is a guess until it was right. The row is locked from here to the end of the transaction, so that a hundred at the same time are a
 * hundred one after the other.
 */
async function countGuess(tx: ControlTransaction, person: string): Promise<void> {
  const now = new Date(systemClock.now());
  const begins = new Date(now.getTime() - limits.codeGuessesMs);
  const [row] = await tx.$queryRaw<{ wrong: number }[]>`
    INSERT INTO control.code_guesses AS g (person_id, since, wrong) VALUES (${person}, ${now}, 1)
    ON CONFLICT (person_id) DO UPDATE SET
      since = CASE WHEN g.since < ${begins} THEN excluded.since ELSE g.since END,
      wrong = CASE WHEN g.since < ${begins} THEN 1 ELSE g.wrong + 1 END
    RETURNING wrong`;
  if (row === undefined || row.wrong > limits.codeGuessesMax)
    throw new Problem("device-code.guesses", { minutes: limits.codeGuessesMs / 60_000 });
}
