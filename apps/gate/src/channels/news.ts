/** Turns what core and the runner's rows make known into deliveries: holds, runs, questions and notes. Asked twice, it writes once. */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import type { ChannelResource } from "@nightgate/shared/policy";
import type { Hold } from "../core/ports.ts";
import type { Attention } from "../push/attention.ts";
import { decidersOf, followersOf } from "../push/recipients.ts";
import type { RunMoved } from "../push/run-news.ts";
import { reachOf } from "./note-reach.ts";
import { tell, type Told } from "./tell.ts";
import { humanMessage } from "./words.ts";

export interface NewsDeps {
  db: GateDatabase;
  attention: Pick<Attention, "of">;
  now: () => number;
  ofPolicy(organization: string): Promise<ChannelResource[]>;
  /** Tells phones. */
  ring(organization: string, message: string, persons: readonly string[]): Promise<void>;
  rounds: {
    /** Something is due. */
    look(organization: string): void;
    /** Something that was told may be handled. */
    settle(organization: string): void;
  };
}

export interface News {
  hold(hold: Pick<Hold, "organization" | "id" | "state">): Promise<void>;
  run(organization: string, run: string, moved: RunMoved): Promise<void>;
  message(organization: string, id: string): Promise<void>;
  /** Holds and messages of which nobody was told because nobody listened. */
  missed(organization: string): Promise<void>;
}

export function createNews(deps: NewsDeps): News {
  const { db, attention, now, ofPolicy, rounds } = deps;
  const write = async (
    organization: string,
    toldOf: (tx: GateTransaction) => Promise<Told | null>,
  ): Promise<void> => {
    const channels = await ofPolicy(organization);
    if (channels.length === 0) return;
    await db.asOrganization(organization, async (tx) => {
      const told = await toldOf(tx);
      if (told !== null) await tell(tx, { attention, now }, organization, channels, told);
    });
    rounds.look(organization);
  };
  const message = async (organization: string, id: string): Promise<void> => {
    rounds.settle(organization);
    const channels = await ofPolicy(organization);
    const told = await db.asOrganization(
      organization,
      async (tx) => await toldOfMessage(tx, organization, id, channels),
    );
    if (told === null) return;
    if (told.rung.length > 0) await deps.ring(organization, id, told.rung);
    for (const each of told.told) await write(organization, async () => each);
  };
  const hold: News["hold"] = async ({ organization, id, state }) => {
    rounds.settle(organization);
    const turn = turnOf(state);
    if (turn === null) return;
    await write(organization, async (tx) => ({
      about: { kind: "hold", id, turn },
      persons: await decidersOf(tx, organization),
      onPhone: true,
    }));
  };
  return {
    message,
    hold,
    run: async (organization, run, { news, state, turn, person }) => {
      rounds.settle(organization);
      if (!news) return;
      await write(organization, async (tx) => {
        // A question has a message of its own, with the question in it.
        if (state === "awaiting_input" && (await hasOpenQuestion(tx, run))) return null;
        const persons = await followersOf(tx, organization, person);
        return { about: { kind: "run", id: run, turn }, persons, onPhone: true };
      });
    },
    missed: async (organization) => {
      const holds = await db.asOrganization(
        organization,
        async (tx) =>
          await tx.$queryRaw<Pick<Hold, "organization" | "id" | "state">[]>`
          SELECT organization_id AS organization, id, state FROM gate.holds
          WHERE state = 'pending' OR (state IN ('failed', 'unknown') AND ended_at > now() - interval '1 hour')
          ORDER BY created_at LIMIT 100`,
      );
      for (const each of holds) await hold(each);
      const rows = await db.asOrganization(
        organization,
        async (tx) =>
          await tx.$queryRaw<{ id: string }[]>`
          SELECT id FROM jobs.human_messages
          WHERE answered_at IS NULL AND closed_reason IS NULL AND created_at > now() - interval '1 hour'
          ORDER BY created_at LIMIT 100`,
      );
      for (const { id } of rows) await message(organization, id);
    },
  };
}

/** A hold is told of when it waits, and again when its release went wrong. */
function turnOf(state: Hold["state"]): number | null {
  if (state === "pending") return 0;
  return state === "failed" || state === "unknown" ? 1 : null;
}

/** Whose phones ring, and what is told through which channels. */
async function toldOfMessage(
  tx: GateTransaction,
  organization: string,
  id: string,
  channels: readonly ChannelResource[],
): Promise<{ rung: readonly string[]; told: Told[] } | null> {
  const row = await humanMessage(tx, id);
  if (row === null || row.answered_at !== null || row.closed_reason !== null) return null;
  const persons = await followersOf(tx, organization, await memberOf(tx, row.job_id, row.run_id));
  const told: Told = {
    about: { kind: row.kind, id, turn: 0 },
    persons,
    onPhone: true,
    named: row.channel,
  };
  // A run that waits for an answer rings the phone by its state.
  if (row.kind === "question" && row.run_id !== null) return { rung: [], told: [told] };
  if (row.kind === "question" || row.channel === null) return { rung: persons, told: [told] };
  const { there, onPhone, asUsual } = await reachOf(tx, channels, { id, channel: row.channel }, persons);
  return {
    // What is urgent rings whatever was named.
    rung: row.urgent ? persons : [...onPhone, ...asUsual],
    told: [
      { ...told, persons: there },
      { ...told, persons: asUsual, named: null },
    ],
  };
}

/** Whose job it is; nobody's where there is none, and then owners and admins are told. */
async function memberOf(tx: GateTransaction, job: string | null, run: string | null): Promise<string> {
  const [row] = await tx.$queryRaw<{ created_by: string }[]>`
    SELECT created_by FROM jobs.jobs
    WHERE id = coalesce(${job}, (SELECT job_id FROM jobs.runs WHERE id = ${run}))`;
  return row?.created_by ?? "";
}

async function hasOpenQuestion(tx: GateTransaction, run: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM jobs.human_messages
    WHERE run_id = ${run} AND kind = 'question' AND answered_at IS NULL AND closed_reason IS NULL LIMIT 1`;
  return rows.length > 0;
}
