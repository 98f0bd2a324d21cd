/** Reads who can be asked and told, what they said to each other, and the way of one message. */
import type { ControlTransaction } from "@nightgate/db/control";
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { RUN_STATES, type RunState } from "@nightgate/shared/run-states";
import { limits } from "../../limits.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { cut, milliseconds } from "../../server/plain.ts";
import type { QuestionView } from "../../ui/question-view.ts";
import { openQuestions } from "../questions/queries.ts";
import type { WorkstationState } from "../workstations/present.ts";
import { listWorkstations } from "../workstations/queries.ts";
import { type MessageRow, type MessageView, presentMessage } from "./present.ts";
import type { MessageFilter } from "./schema.ts";
import { type StageRow, type StepView, storyOf, whatIsNext } from "./story.ts";

export interface PeerView {
  id: string;
  name: string;
  state: WorkstationState;
  /** Of the workstation as a whole, and of single agents, in their own words. */
  descriptions: { agent: string; text: string }[];
  agents: string[];
  /** When it was connected for the last time; null while it is, or never was. */
  seenAt: number | null;
  tasks: { job: string; title: string; agent: string; state: RunState; since: number }[];
}

export interface PersonView {
  id: string;
  name: string;
  role: string;
  /** When they last looked at these pages; null where they are not signed in anywhere. */
  seenAt: number | null;
  you: boolean;
}

export interface PeersPage {
  peers: PeerView[];
  people: PersonView[];
  messages: MessageView[];
  /** The last of them, where there are older ones. */
  next: string | null;
  show: MessageFilter;
  older: boolean;
  /** Questions of agents to people, that wait. */
  questions: QuestionView[];
  mayWrite: boolean;
}

export interface TracePage {
  message: MessageView;
  steps: StepView[];
  next: string | null;
  /** Those that were asked the same at once. */
  together: MessageView[];
  /** A question that this person may answer in the peer's place. */
  mayAnswer: boolean;
}

export async function openPeers(
  member: Member,
  ask: { show: MessageFilter; before: string | null },
): Promise<PeersPage> {
  return await asMember(member, async (tx) => {
    const rows = await messageRows(tx, { ...ask, group: null, id: null });
    const shown = rows.slice(0, limits.messagesPerPage);
    return {
      peers: await readPeers(tx),
      people: await readPeople(tx, member),
      messages: shown.map((row) => presentMessage(row, limits.messageExcerptCharactersMax)),
      next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null,
      show: ask.show,
      older: ask.before !== null,
      questions: await openQuestions(tx),
      mayWrite: may(member, "jobs.act"),
    };
  });
}

/** One message with its way; null for another organization's as for one that does not exist (invariant 9). */
export async function openMessage(member: Member, id: string): Promise<TracePage | null> {
  return await asMember(member, async (tx) => {
    const [row] = await messageRows(tx, { id, show: "all", before: null, group: null });
    if (row === undefined) return null;
    const message = presentMessage(row, limits.messageCharactersMax);
    const together =
      row.group_id === null
        ? []
        : await messageRows(tx, { group: row.group_id, show: "all", before: null, id: null });
    return {
      message,
      steps: storyOf(message, row, await stageRows(tx, id)),
      next: whatIsNext(message, row),
      together: together
        .filter((other) => other.id !== id)
        .map((other) => presentMessage(other, limits.messageExcerptCharactersMax)),
      mayAnswer: message.kind === "ask" && message.open && may(member, "jobs.act"),
    };
  });
}

async function messageRows(
  tx: ControlTransaction,
  ask: { show: MessageFilter; before: string | null; group: string | null; id: string | null },
): Promise<MessageRow[]> {
  return await tx.$queryRaw<MessageRow[]>`
    SELECT m.id, m.group_id, m.kind, m.state, m.from_person_id AS from_person,
      coalesce(p.name, CASE WHEN m.from_person_id IS NULL THEN m.from_name ELSE 'Somebody who has left' END) AS from_name,
      fw.name AS from_workstation, fr.agent AS from_agent, fr.job_id AS from_job, fj.title AS from_title,
      fr.ended_at IS NOT NULL AS from_ended, m.to_peer, coalesce(tw.name, m.to_workstation_id) AS to_workstation,
      coalesce(tr.agent, tj.agent, m.to_agent) AS to_agent, m.to_run_id, tj.id AS to_job, tj.title AS to_title,
      m.text, m.answer, m.answer_is_last_words, m.told_at, m.created_at, m.deadline, m.closed_at
    FROM jobs.messages m
    LEFT JOIN control.members p ON p.person_id = m.from_person_id
    LEFT JOIN control.workstations fw ON fw.id = m.from_workstation_id
    LEFT JOIN jobs.runs fr ON fr.id = m.from_run_id LEFT JOIN jobs.jobs fj ON fj.id = fr.job_id
    LEFT JOIN control.workstations tw ON tw.id = m.to_workstation_id
    LEFT JOIN jobs.runs tr ON tr.id = m.to_run_id LEFT JOIN jobs.jobs tj ON tj.id = coalesce(tr.job_id, m.to_job_id)
    WHERE (${ask.show} = 'all' OR m.closed_at IS NULL) AND (${ask.group}::text IS NULL OR m.group_id = ${ask.group})
      AND (${ask.id}::text IS NULL OR m.id = ${ask.id})
      AND (${ask.before}::text IS NULL OR (m.created_at, m.id) < (SELECT created_at, id FROM jobs.messages WHERE id = ${ask.before}))
    ORDER BY m.created_at DESC, m.id DESC LIMIT ${limits.messagesPerPage + 1}`;
}

/** As they were written down; and when the agent heard it, which its run's events say. */
async function stageRows(tx: ControlTransaction, id: string): Promise<StageRow[]> {
  const rows = await tx.$queryRaw<StageRow[]>`
    SELECT s.number, s.stage, s.words, s.at, r.job_id AS job, j.title FROM (
      SELECT number, stage, words, at, run_id FROM jobs.message_stages WHERE message_id = ${id}
      UNION ALL
      (SELECT 0, 'heard', '', e.at, e.run_id FROM jobs.messages m JOIN jobs.events e ON e.run_id = m.to_run_id
        WHERE m.id = ${id} AND e.body ->> 'kind' = 'prompt' AND e.body ->> 'prompt' = m.prompt_id ORDER BY e.seq LIMIT 1)) s
    LEFT JOIN jobs.runs r ON r.id = s.run_id LEFT JOIN jobs.jobs j ON j.id = r.job_id
    ORDER BY s.at, s.number LIMIT ${limits.messagesPerPage}`;
  return rows.map((row) => ({ ...row, words: cut(row.words) }));
}

async function readPeers(tx: ControlTransaction): Promise<PeerView[]> {
  const workstations = await listWorkstations(tx);
  const connections = await tx.jobsWorkstations.findMany({
    select: { workstationId: true, connected: true, updatedAt: true },
  });
  const descriptions = await tx.$queryRaw<{ workstation: string; agent: string; text: string }[]>`
    SELECT workstation_id AS workstation, agent, description AS text FROM jobs.peer_descriptions
    WHERE description <> '' ORDER BY agent`;
  const runs = await tx.$queryRaw<
    { workstation: string; job: string; title: string; agent: string; state: string; since: Date }[]
  >`
    SELECT r.workstation_id AS workstation, r.job_id AS job, j.title, r.agent, r.state, coalesce(r.started_at, r.created_at) AS since
    FROM jobs.runs r JOIN jobs.jobs j ON j.id = r.job_id
    WHERE r.ended_at IS NULL AND r.state <> 'scheduled' AND (r.state <> 'blocked' OR r.started_at IS NOT NULL) AND r.agent = ANY(${[...AGENTS]})
    ORDER BY r.state = 'running' DESC, r.created_at DESC LIMIT ${limits.peerRunsMax}`;
  return workstations.map(({ id, name, state, agents }) => {
    const connection = connections.find((each) => each.workstationId === id);
    return {
      id,
      name,
      state,
      agents,
      descriptions: descriptions
        .filter((each) => each.workstation === id)
        .map(({ agent, text }) => ({ agent, text })),
      seenAt: connection === undefined || connection.connected ? null : milliseconds(connection.updatedAt),
      tasks: runs
        .filter((run) => run.workstation === id)
        .map(({ job, title, agent, state: is, since }) => ({
          job,
          title,
          agent,
          state: RUN_STATES.find((each) => each === is) ?? "queued",
          since: since.getTime(),
        })),
    };
  });
}

async function readPeople(tx: ControlTransaction, member: Member): Promise<PersonView[]> {
  const members = await tx.controlMembers.findMany({
    where: { removedAt: null },
    orderBy: { createdAt: "asc" },
    take: limits.membersListedMax,
  });
  // Sessions are everybody's: this is the one filter that keeps them apart (invariant 9).
  const seen = await tx.controlSessions.groupBy({
    by: ["personId"],
    where: { organizationId: member.organization },
    _max: { seenAt: true },
  });
  const seenAt = new Map(seen.map((row) => [row.personId, row._max.seenAt?.getTime() ?? null]));
  return members.map(({ personId: id, name, role }) => ({
    id,
    name,
    role,
    seenAt: seenAt.get(id) ?? null,
    you: id === member.person,
  }));
}
