/** A message is written down, and handed over in the same transaction if somebody is there. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import type { VerbCaller } from "../verbs/caller.ts";
import { deliver } from "./deliver.ts";
import { PEER_LIMITS } from "./limits.ts";
import { addStage, lockMessage, type MessageRow } from "./message-row.ts";
import { type AgentTarget, nameOfCaller, resolvePeer, slugOf } from "./peer-names.ts";
import { checkRates, depthOf } from "./rates.ts";

export interface NewMessage {
  kind: "ask" | "notify" | "broadcast";
  target: AgentTarget;
  text: string;
  wake: boolean;
  group: string | null;
  deadline: Date;
}

/** An agent by its name. Problem `input.invalid` for people, who are told and not asked, and for the caller itself. */
export async function agentNamed(
  tx: JobsTransaction,
  caller: VerbCaller,
  name: string,
): Promise<AgentTarget> {
  const target = await resolvePeer(tx, name);
  if (target.kind === "people")
    throw new Problem("input.invalid", {
      why: `peer_name: ${name} is a channel of people. Tell them with notify_peer, ask them with ask_human`,
    });
  if (
    caller.run !== null &&
    (target.run === caller.run || (target.job !== null && target.job === (await jobOf(tx, caller.run))))
  )
    throw new Problem("input.invalid", { why: "peer_name: that is you" });
  return target;
}

async function jobOf(tx: JobsTransaction, run: string): Promise<string | null> {
  return (await tx.jobsRuns.findUnique({ where: { id: run }, select: { jobId: true } }))?.jobId ?? null;
}

/** Writes the message down and hands it over if it can be. Problem where the caller says too much, or agents go round in circles. */
export async function sendMessage(
  tx: JobsTransaction,
  caller: VerbCaller,
  { kind, target, text, wake, group, deadline }: NewMessage,
  now: Date,
): Promise<MessageRow> {
  await checkRates(tx, caller, { target, wake }, now);
  const depth = await depthOf(tx, caller);
  const id = newId("message");
  const storable = text.toWellFormed().replaceAll("\u0000", "\uFFFD");
  await tx.$executeRaw`INSERT INTO jobs.messages (organization_id, id, group_id, kind, from_workstation_id, from_run_id, from_person_id,
      from_name, to_peer, to_workstation_id, to_agent, to_job_id, text, wake, depth, deadline, created_at)
    VALUES (${caller.organization}, ${id}, ${group}, ${kind}, ${caller.workstation}, ${caller.run}, ${caller.person},
      ${await nameOfCaller(tx, caller)}, ${target.name}, ${target.workstation}, ${target.agent}, ${target.job}, ${storable}, ${wake},
      ${depth}, ${deadline}, ${now})`;
  const message = await lockMessage(tx, id);
  await addStage(tx, message, "written", now, { run: caller.run });
  await deliver(tx, message, now);
  return await lockMessage(tx, id);
}

/** Runs that are at work now, but the caller's own. */
export async function broadcastTargets(tx: JobsTransaction, caller: VerbCaller): Promise<AgentTarget[]> {
  const rows = await tx.$queryRaw<
    { run: string; job: string; agent: string; workstation: string; name: string; title: string }[]
  >`
    SELECT r.id AS run, r.job_id AS job, r.agent, w.id AS workstation, w.name, j.title
    FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id JOIN control.workstations w ON w.id = r.workstation_id
    WHERE r.state IN ('running', 'dispatching') AND r.id IS DISTINCT FROM ${caller.run} AND r.agent = ANY(${[...AGENTS]})
    ORDER BY r.id LIMIT ${PEER_LIMITS.broadcastPeersMax}`;
  return rows.map(({ name, title, ...row }) => ({ kind: "agent", name: `${name}/${slugOf(title)}`, ...row }));
}
