/** Who can be asked and told. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { Problem } from "@nightgate/shared/problems";
import { PEOPLE_CHANNELS } from "@nightgate/shared/verbs/peer-verbs";
import type { VerbCaller } from "../verbs/caller.ts";
import { PEER_LIMITS } from "./limits.ts";
import { resolvePeer, slugOf } from "./peer-names.ts";

export interface Peer {
  peer_name: string;
  kind: "workstation" | "job" | "people";
  description: string;
  state: "busy" | "waiting" | "asleep" | "away";
  agents: string[];
  works_on: string;
  run: string | null;
  you: boolean;
}

interface Box {
  id: string;
  name: string;
  connected: boolean | null;
  agents: unknown;
  description: string | null;
}

interface Live {
  run: string;
  workstation: string;
  agent: string;
  state: string;
  title: string;
  description: string | null;
}

const BUSY = new Set(["running", "dispatching", "queued"]);

/** Workstations, the jobs that go on there, and people. */
export async function listPeers(tx: JobsTransaction, caller: VerbCaller): Promise<Peer[]> {
  const boxes = await tx.$queryRaw<Box[]>`SELECT w.id, w.name, s.connected, s.agents, d.description
    FROM control.workstations w LEFT JOIN jobs.workstations s ON s.workstation_id = w.id
    LEFT JOIN jobs.peer_descriptions d ON d.workstation_id = w.id AND d.agent = ''
    WHERE w.wanted <> 'removed' ORDER BY w.name LIMIT ${PEER_LIMITS.peersMax}`;
  const live = await tx.$queryRaw<
    Live[]
  >`SELECT r.id AS run, r.workstation_id AS workstation, r.agent, r.state, j.title, d.description
    FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    LEFT JOIN jobs.peer_descriptions d ON d.workstation_id = r.workstation_id AND d.agent = r.agent
    WHERE r.ended_at IS NULL AND r.state NOT IN ('scheduled', 'cancelling') AND (r.state <> 'blocked' OR r.started_at IS NOT NULL) AND r.agent = ANY(${[...AGENTS]})
    ORDER BY r.state = 'running' DESC, r.created_at DESC LIMIT ${PEER_LIMITS.peersMax}`;
  const here = Map.groupBy(live, ({ workstation }) => workstation);
  return [
    ...boxes.flatMap((box) => {
      const runs = here.get(box.id) ?? [];
      return [boxPeer(box, runs, caller), ...runs.map((run) => jobPeer(box, run, caller))];
    }),
    ...PEOPLE_CHANNELS.map(peoplePeer),
  ];
}

function boxPeer(box: Box, runs: readonly Live[], caller: VerbCaller): Peer {
  return {
    peer_name: box.name,
    kind: "workstation",
    description: box.description ?? "",
    state: stateOf(box, runs),
    agents: Array.isArray(box.agents) ? box.agents.filter((agent) => typeof agent === "string") : [],
    works_on: runs[0]?.title ?? "",
    run: null,
    you: box.id === caller.workstation,
  };
}

function jobPeer(box: Box, run: Live, caller: VerbCaller): Peer {
  return {
    peer_name: `${box.name}/${slugOf(run.title)}`,
    kind: "job",
    description: run.description ?? "",
    state: stateOf(box, [run]),
    agents: [run.agent],
    works_on: run.title,
    run: run.run,
    you: run.run === caller.run,
  };
}

function stateOf(box: Box, runs: readonly Live[]): Peer["state"] {
  if (box.connected !== true) return "away";
  if (runs.some(({ state }) => BUSY.has(state))) return "busy";
  return runs.length > 0 ? "waiting" : "asleep";
}

function peoplePeer(channel: (typeof PEOPLE_CHANNELS)[number]): Peer {
  const description =
    channel === "people"
      ? "The people of this organization, on the channels that they chose"
      : `People, on ${channel}`;
  return {
    peer_name: channel,
    kind: "people",
    description,
    state: "waiting",
    agents: [],
    works_on: "",
    run: null,
    you: false,
  };
}

/** Writes down what a peer says of itself. An agent speaks for its own workstation alone. Answers whose it is now. */
export async function describePeer(
  tx: JobsTransaction,
  caller: VerbCaller,
  { name, description }: { name: string | undefined; description: string },
  now: Date,
): Promise<string> {
  const target = name === undefined ? await self(tx, caller) : await resolvePeer(tx, name);
  if (target.kind !== "agent" || (caller.workstation !== null && target.workstation !== caller.workstation))
    throw new Problem("not-found", { what: `peer ${name ?? ""} that you could describe` });
  await tx.$executeRaw`INSERT INTO jobs.peer_descriptions (organization_id, workstation_id, agent, description, updated_at)
    VALUES (${caller.organization}, ${target.workstation}, ${target.agent ?? ""}, ${description}, ${now})
    ON CONFLICT (workstation_id, agent) DO UPDATE SET description = excluded.description, updated_at = excluded.updated_at`;
  return target.name;
}

async function self(
  tx: JobsTransaction,
  caller: VerbCaller,
): Promise<{ kind: "agent"; name: string; workstation: string; agent: string | null }> {
  if (caller.workstation === null)
    throw new Problem("input.invalid", { why: "peer_name: name the workstation that you mean" });
  const [row] = await tx.$queryRaw<
    { name: string; agent: string | null }[]
  >`SELECT w.name, r.agent FROM control.workstations w
    LEFT JOIN jobs.runs r ON r.workstation_id = w.id AND r.id = ${caller.run} WHERE w.id = ${caller.workstation}`;
  const agent = row?.agent ?? null;
  const name = row?.name ?? caller.workstation;
  return {
    kind: "agent",
    name: agent === null ? name : `${name}/${agent}`,
    workstation: caller.workstation,
    agent,
  };
}
