/** What the runner would have written of messages between agents: one of each kind, and one of each way to end. */
import { newId } from "@nightgate/shared/ids";
import pg from "pg";
import type { Seeded } from "./seeded.ts";

const MINUTE = 60_000;

interface Spec {
  name: string;
  kind: "ask" | "notify" | "broadcast";
  state: string;
  text: string;
  agoMs: number;
  answer?: string;
  closed?: boolean;
  person?: boolean;
  /** Each stage, how long after the message was written, and what was said. */
  stages: [stage: string, afterMs: number, words?: string][];
}

const SPECS: readonly Spec[] = [
  {
    name: "answered",
    kind: "ask",
    state: "answered",
    text: "Which table has the rounding mode of an invoice, and may it be null?\n\nI am changing packages/checkout and do not want to guess.",
    answer: "billing.invoices.rounding_mode. It is NOT NULL since migration 0042; old rows have 'half_even'.",
    agoMs: 44 * MINUTE,
    closed: true,
    stages: [
      ["written", 0],
      ["run begun for it", 400],
      ["delivered", 2_100],
      ["acknowledged", 31_000, "Looking at the migrations."],
      [
        "answered",
        4 * MINUTE,
        "billing.invoices.rounding_mode. It is NOT NULL since migration 0042; old rows have 'half_even'.",
      ],
      ["told as a prompt", 4 * MINUTE + 900],
    ],
  },
  {
    name: "open",
    kind: "ask",
    state: "delivered",
    text: "Do the nightly figures still read the old column?",
    agoMs: 6 * MINUTE,
    stages: [
      ["written", 0],
      ["handed to a run", 200],
      ["delivered", 1_500],
    ],
  },
  {
    name: "note",
    kind: "broadcast",
    state: "queued",
    text: "The shop’s test database is being restored until 23:30; its tests fail until then.",
    agoMs: 20 * MINUTE,
    person: true,
    stages: [["written", 0]],
  },
  {
    name: "expired",
    kind: "ask",
    state: "expired",
    text: "Can you free the GPU at two?",
    answer: "Nobody has answered in time.",
    agoMs: 190 * MINUTE,
    closed: true,
    stages: [
      ["written", 0],
      ["handed to a run", 300],
      ["its run ended first", 12 * MINUTE],
      ["expired", 60 * MINUTE, "Nobody has answered in time."],
    ],
  },
];

interface Runs {
  from: string | null;
  to: string | null;
}

/** Writes them, between two tasks of the seeded workstation. Answers their ids by name. */
export async function seedPeers(
  superuser: string,
  seeded: Seeded & { jobs: Record<string, string> },
): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: superuser });
  await client.connect();
  try {
    const { organization, workstation } = seeded;
    await client.query(
      "INSERT INTO jobs.peer_descriptions (organization_id, workstation_id, agent, description) VALUES ($1, $2, '', 'The shop: checkout, invoices and everything with money in it.'), ($1, $2, 'claude', 'Migrates the tests to Vitest; ask me about fixtures.')",
      [organization, workstation],
    );
    const runs = {
      from: await runOf(client, seeded.jobs["waiting"]),
      to: await runOf(client, seeded.jobs["long"]),
    };
    const ids: Record<string, string> = {};
    for (const spec of SPECS) ids[spec.name] = await writeMessage(client, seeded, spec, runs);
    return ids;
  } finally {
    await client.end();
  }
}

async function runOf(client: pg.Client, job: string | undefined): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>("SELECT id FROM jobs.runs WHERE job_id = $1", [job]);
  return rows[0]?.id ?? null;
}

async function writeMessage(
  client: pg.Client,
  { organization, workstation, person }: Seeded,
  spec: Spec,
  { from, to }: Runs,
): Promise<string> {
  const id = newId("message");
  const at = Date.now() - spec.agoMs;
  const asker = spec.person === true ? [null, null, person] : [workstation, from, null];
  const last = spec.stages.at(-1);
  const told = last?.[0].startsWith("told") === true ? new Date(at + last[1]) : null;
  const closed = spec.closed === true ? new Date(at + (last?.[1] ?? 0)) : null;
  await client.query(
    `INSERT INTO jobs.messages (organization_id, id, kind, state, from_workstation_id, from_run_id, from_person_id, from_name, to_peer,
      to_workstation_id, to_run_id, text, deadline, answer, created_at, closed_at, told_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'atlas/claude', 'atlas', $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      organization,
      id,
      spec.kind,
      spec.state,
      ...asker,
      workstation,
      spec.state === "queued" ? null : to,
      spec.text,
      new Date(at + 60 * MINUTE),
      spec.answer ?? null,
      new Date(at),
      closed,
      told,
    ],
  );
  for (const [index, [stage, after, words]] of spec.stages.entries())
    await client.query(
      "INSERT INTO jobs.message_stages (organization_id, message_id, number, stage, run_id, words, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      [organization, id, index + 1, stage, index === 0 ? from : to, words ?? "", new Date(at + after)],
    );
  return id;
}
