/**
 * Recovery: somebody has lost all of their passkeys and has the printed code, or the gate's host has printed one. The new key waits as a hold in
 * each of the person's organizations: it rings the approvers' devices (the person's own too), a rejection ends it, an approval hurries it.
 * Only after the delay does it come in by itself. Everything that counts is on the gate's disk (attack W11).
 */
import { keyWords } from "@nightgate/evidence/key-words";
import type { Clock } from "@nightgate/shared/clock";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { LIMITS } from "../core/limits.ts";
import type { Recovery, WaitingRecovery } from "../core/people-ports.ts";
import type { GateIdentity } from "../core/store-ports.ts";
import type { PendingRecovery, RecoveryFiles } from "../journal/recovery-files.ts";
import type { Challenges } from "../store/challenges.ts";
import type { People } from "../store/people.ts";
import { optionsFor } from "./options-for.ts";
import { checkCode, makeCode } from "./recovery-codes.ts";
import type { RecoveryRounds } from "./recovery-rounds.ts";
import type { Statements } from "./statements.ts";
import { checkRegistration, readRegistration } from "./webauthn.ts";

export interface RecoveryDeps {
  identity: GateIdentity;
  files: RecoveryFiles;
  people: People;
  challenges: Challenges;
  statements: Statements;
  rounds: RecoveryRounds;
  clock: Clock;
  delayMs: number;
}

const recovering = z.object({
  what: z.literal("recover"),
  person: z.string(),
  lookup: z.string(),
  method: z.enum(["code", "host"]),
});

export function createRecovery(deps: RecoveryDeps): Recovery {
  const { identity, files, people, challenges, statements, rounds, clock } = deps;
  return {
    state: (person) => {
      const printed = files.codesOf(person).find(({ code }) => code.method === "code");
      return { codeSince: printed ? new Date(printed.code.createdAt) : null };
    },
    beginCode: async (person) => await statements.begin(person, { kind: "recovery.code" }),
    finishCode: async (person, answer) => {
      const { signed } = await statements.finish(person, answer);
      if (signed.statement.kind !== "recovery.code") throw new Problem("challenge.unusable", {});
      await statements.record(signed);
      return { code: makeCode(files, clock, { person, method: "code", expiresAt: null }) };
    },
    begin: async (typed) => {
      const found = checkCode(files, clock, typed);
      if (!found || files.pending().some((each) => each.person === found.code.person))
        throw new Problem("recovery.refused", {});
      const { person, method } = found.code;
      const context: z.infer<typeof recovering> = { what: "recover", person, method, lookup: found.lookup };
      return await optionsFor(deps, person, context);
    },
    finish: async (answer, name) => {
      const read = readRegistration(answer);
      const context = recovering.safeParse((await challenges.take("enroll", read.challenge))?.context);
      if (!context.success) throw new Problem("challenge.unusable", {});
      const { person, lookup, method } = context.data;
      const passkey = { ...(await checkRegistration(identity, read)), name };
      if (await people.passkey(passkey.credential))
        throw new Problem("passkey.refused", { why: "it is enrolled already" });
      // Used up before anything is made of it: of two who answer with one code, one goes on.
      if (files.code(lookup)?.person !== person) throw new Problem("recovery.refused", {});
      files.dropCode(lookup);
      const now = clock.now();
      const readyAt = method === "host" ? now : now + deps.delayMs;
      const id = newId("link").replace("lnk_", "rec_");
      const recovery: PendingRecovery = {
        id,
        person,
        method,
        passkey,
        requestedAt: now,
        readyAt,
        holds: [],
        applied: [],
      };
      files.keepPending(recovery);
      await rounds.look();
      return { name, words: keyWords(passkey), readyAt: new Date(readyAt) };
    },
    waiting: async (organization) => await waiting(deps, organization),
    round: async () => await rounds.look(),
  };
}

async function waiting({ files, people }: RecoveryDeps, organization: string): Promise<WaitingRecovery[]> {
  const lines: WaitingRecovery[] = [];
  for (const each of files.pending()) {
    const hold = each.holds.find((entry) => entry.organization === organization)?.hold ?? null;
    if (hold === null || each.applied.includes(organization)) continue;
    lines.push({
      id: each.id,
      person: each.person,
      personName: (await people.person(each.person))?.name ?? each.person,
      method: each.method,
      name: each.passkey.name,
      words: keyWords(each.passkey),
      readyAt: new Date(each.readyAt),
      hold,
    });
  }
  return lines.slice(0, LIMITS.candidaciesListedMax);
}
