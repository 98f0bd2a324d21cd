/** Every field of a peer and of a message that leaves the server, listed; and how a message stands, in words. Pure. */
import { MESSAGE_STATES } from "@nightgate/shared/verbs/peer-verbs";
import { cut, milliseconds } from "../../server/plain.ts";
import type { Tone } from "../../ui/task-states.ts";

export type MessageKind = "ask" | "notify" | "broadcast" | "watch";
type MessageState = (typeof MESSAGE_STATES)[number];

/** Who says something, or to whom it is said. */
export interface PartyView {
  /** As a sentence has it: `Robin Vega`, `codex on borealis`, `borealis`. */
  name: string;
  person: boolean;
  task: { id: string; title: string } | null;
}

export interface MessageView {
  id: string;
  kind: MessageKind;
  state: MessageStateWords;
  /** Nobody has answered it, or heard it. */
  open: boolean;
  from: PartyView;
  to: PartyView;
  text: string;
  /** What was answered, or why there is no answer; null also where the state says it. */
  answer: string | null;
  createdAt: number;
  deadline: number;
  closedAt: number | null;
}

interface MessageStateWords {
  label: string;
  tone: Tone;
  live: boolean;
}

export interface MessageRow {
  id: string;
  group_id: string | null;
  kind: string;
  state: string;
  from_person: string | null;
  from_name: string;
  from_workstation: string | null;
  from_agent: string | null;
  from_job: string | null;
  from_title: string | null;
  /** Whether the run that asked has ended. */
  from_ended: boolean | null;
  to_peer: string;
  to_workstation: string | null;
  to_agent: string | null;
  to_run_id: string | null;
  to_job: string | null;
  to_title: string | null;
  text: string;
  answer: string | null;
  answer_is_last_words: boolean;
  told_at: Date | null;
  created_at: Date;
  deadline: Date;
  closed_at: Date | null;
}

const KINDS: readonly MessageKind[] = ["ask", "notify", "broadcast", "watch"];

/** `charactersMax` of its text and of its answer. */
export function presentMessage(row: MessageRow, charactersMax: number): MessageView {
  const kind = KINDS.find((each) => each === row.kind) ?? "notify";
  const asker = askerOf(row);
  const peer = peerOf(row);
  return {
    id: row.id,
    kind,
    state: stateWords(kind, row),
    open: row.closed_at === null,
    // Of a job's end its own run tells the one that made it.
    from: kind === "watch" ? peer : asker,
    to: kind === "watch" ? asker : peer,
    text: cut(row.text, charactersMax),
    answer: row.answer === null || row.state === "expired" ? null : cut(row.answer, charactersMax),
    createdAt: row.created_at.getTime(),
    deadline: row.deadline.getTime(),
    closedAt: milliseconds(row.closed_at),
  };
}

function askerOf(row: MessageRow): PartyView {
  if (row.from_person !== null) return { name: row.from_name, person: true, task: null };
  return {
    name: agentName(row.from_agent, row.from_workstation ?? row.from_name),
    person: false,
    task: taskOf(row.from_job, row.from_title),
  };
}

function peerOf(row: MessageRow): PartyView {
  return {
    name: agentName(row.to_agent, row.to_workstation ?? row.to_peer),
    person: false,
    task: taskOf(row.to_job, row.to_title),
  };
}

function agentName(agent: string | null, workstation: string): string {
  return agent === null || agent === "" ? workstation : `${agent} on ${workstation}`;
}

function taskOf(id: string | null, title: string | null): PartyView["task"] {
  return id === null ? null : { id, title: title ?? id };
}

const ASKED: Record<MessageState, MessageStateWords> = {
  queued: { label: "On its way", tone: "neutral", live: true },
  delivered: { label: "Delivered", tone: "accent", live: true },
  acknowledged: { label: "Being worked on", tone: "accent", live: true },
  answered: { label: "Answered", tone: "good", live: false },
  expired: { label: "No answer in time", tone: "warn", live: false },
  refused: { label: "No answer", tone: "bad", live: false },
};
const TOLD: Partial<Record<MessageState, MessageStateWords>> = {
  queued: { label: "Waits for it", tone: "neutral", live: false },
  delivered: { label: "Told", tone: "good", live: false },
  expired: { label: "Not heard in time", tone: "warn", live: false },
  refused: { label: "Not heard", tone: "bad", live: false },
};

function stateWords(kind: MessageKind, row: Pick<MessageRow, "state">): MessageStateWords {
  const state = MESSAGE_STATES.find((each) => each === row.state) ?? "queued";
  if (kind === "watch") return { label: "Ended", tone: "neutral", live: false };
  return (kind === "ask" ? undefined : TOLD[state]) ?? ASKED[state];
}
