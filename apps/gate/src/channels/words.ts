/**
 * What a message says, read from rows at the moment when it goes out. The gate's own sentence comes first; what an agent wrote stands behind
 * "writes:", each line with a mark in front, escaped, cut, and with addresses that do not open by a tap (attacks N2, N4 and N6).
 */
import type { GateTransaction } from "@nightgate/db/gate";
import { visibleText } from "@nightgate/shared/visible-text";
import type { Wake } from "../push/attention.ts";
import { messageOf, noteTitle } from "../push/message.ts";
import { isNews, isRunState, runMessage } from "../push/run-message.ts";
import { toHold } from "../store/rows.ts";
import type { About } from "./deliveries.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { OutMessage } from "./service.ts";

export interface Origins {
  gate: string;
  web: string;
}

export type Said =
  /** `thing` is what it is about, under the name by which the phone rings for it too. */
  | { message: OutMessage; wakes: readonly Wake[]; thing: string }
  /** It is handled: what a message that was sent says from now on; empty where it is as good as before. */
  | { over: string };

/** Null: nothing is known of it any more. */
export async function say(tx: GateTransaction, about: About, origins: Origins): Promise<Said | null> {
  switch (about.kind) {
    case "hold":
      return await sayHold(tx, about, origins);
    case "run":
      return await sayRun(tx, about, origins);
    case "question":
    case "note":
      return await sayMessage(tx, about.id, origins);
    case "test":
      return { message: TEST, wakes: [], thing: "test" };
    // Its text is in the row.
    case "briefing":
      return null;
    default:
      return about.kind satisfies never;
  }
}

const TEST: OutMessage = {
  title: "The gate can reach you here.",
  body: "This is a test. Holds and questions come like this.",
  link: null,
  buttons: [],
  quiet: false,
};

async function sayHold(tx: GateTransaction, { id, turn }: About, { gate }: Origins): Promise<Said | null> {
  const row = await tx.gateHolds.findUnique({ where: { id } });
  if (row === null) return null;
  const hold = toHold(row);
  const waits = hold.state === "pending";
  const isFailure = hold.state === "failed" || hold.state === "unknown";
  const told = messageOf(hold, id);
  if ((turn === 0 && !waits) || (turn === 1 && !isFailure) || told === null)
    return { over: await holdOver(tx, hold) };
  return {
    message: {
      title: told.title,
      body: told.body,
      link: { label: waits ? "Read it and decide" : "Look", url: `${gate}/holds/${id}` },
      buttons: waits ? [{ label: "Reject…", value: `reject ${id}` }] : [],
      quiet: told.quiet,
    },
    wakes: [waits ? "hold" : "failure"],
    thing: `hold ${id}`,
  };
}

const HOLD_OVER: Record<string, string> = {
  approved: "Approved",
  releasing: "Approved",
  released: "Approved, and it has arrived",
  failed: "Approved, and it did not arrive",
  unknown: "Approved, and nobody can say if it arrived",
  rejected: "Rejected",
  expired: "Expired: nobody answered in time",
  superseded: "Replaced by a newer one",
  withdrawn: "Withdrawn",
};

async function holdOver(
  tx: GateTransaction,
  { id, state, decidedBy, card }: Pick<ReturnType<typeof toHold>, "id" | "state" | "decidedBy" | "card">,
): Promise<string> {
  const by = decidedBy === null ? "" : ` by ${await nameOf(tx, decidedBy)}`;
  const byOf = ["approved", "releasing", "released", "failed", "unknown", "rejected"].includes(state)
    ? by
    : "";
  return `${HOLD_OVER[state] ?? state}${byOf}.\n\n${visibleText(card.title)} (${id})`;
}

async function sayRun(tx: GateTransaction, about: About, { web }: Origins): Promise<Said | null> {
  const [news] = await tx.$queryRaw<{ state: string; turn: number }[]>`
    SELECT state, turn FROM gate.run_news WHERE run_id = ${about.id}`;
  const run = await tx.jobsRuns.findUnique({ where: { id: about.id } });
  if (news === undefined || run === null || !isRunState(news.state)) return null;
  const name = await workstationName(tx, run.workstationId);
  if (news.turn !== about.turn || !isNews(news.state))
    return { over: `${name} goes on. Nothing waits for you there.` };
  const told = runMessage({ id: run.id, job: run.jobId, state: news.state }, name);
  const job = await tx.jobsJobs.findUnique({ where: { id: run.jobId }, select: { title: true } });
  return {
    message: {
      title: told.title,
      body: [
        told.body,
        job === null ? "" : `Task: ${visibleText(job.title).slice(0, 200)}`,
        run.result === "" ? "" : `The agent writes:\n${agentWords(run.result, 400)}`,
      ]
        .filter((part) => part !== "")
        .join("\n\n"),
      link: { label: "Open", url: `${web}/jobs/${run.jobId}` },
      buttons: [],
      quiet: told.quiet,
    },
    wakes: told.quiet ? [] : ["failure"],
    thing: `run ${about.id}`,
  };
}

export interface HumanMessage {
  id: string;
  kind: "question" | "note";
  purpose: string;
  run_id: string | null;
  job_id: string | null;
  workstation_id: string | null;
  text: string;
  choices: unknown;
  urgent: boolean;
  channel: string | null;
  deadline: Date | null;
  created_at: Date;
  answered_at: Date | null;
  answer: string | null;
  answered_by: string | null;
  closed_reason: string | null;
}

export async function humanMessage(tx: GateTransaction, id: string): Promise<HumanMessage | null> {
  const [row] = await tx.$queryRaw<HumanMessage[]>`SELECT * FROM jobs.human_messages WHERE id = ${id}`;
  return row ?? null;
}

export const choicesOf = ({ choices }: Pick<HumanMessage, "choices">): string[] =>
  Array.isArray(choices) ? choices.filter((choice): choice is string => typeof choice === "string") : [];

/** Questions of the platform itself, whose words are not an agent's. */
const OWN_PURPOSES = ["stalled", "budget", "night", "repeats"];

async function sayMessage(tx: GateTransaction, id: string, { web }: Origins): Promise<Said | null> {
  const row = await humanMessage(tx, id);
  if (row === null) return null;
  const over = await messageOver(tx, row);
  if (over !== null) return { over };
  const name = row.workstation_id === null ? "Nightgate" : await workstationName(tx, row.workstation_id);
  const asks = row.kind === "question";
  const words = wordsOf(row);
  return {
    message: {
      title: `${row.urgent ? "Urgent: " : ""}${name} ${asks ? "has a question" : noteTitle(row.purpose)}`,
      body: asks ? `${words}\n\n${howToAnswer(row)}` : words,
      link: row.job_id === null ? null : { label: "Open", url: `${web}/jobs/${row.job_id}` },
      buttons: buttonsOf(row),
      quiet: !asks && !row.urgent,
    },
    wakes: wakesOf(row),
    thing: row.run_id === null ? `message ${id}` : `run ${row.run_id}`,
  };
}

function wordsOf({ purpose, text }: HumanMessage): string {
  if (purpose === "chain") {
    // Our own sentence, and then the words of whoever did it.
    const [, head = "", said = ""] = /^([^\n]*)\n*(.*)$/su.exec(text) ?? [];
    return said === "" ? visibleText(head) : `${visibleText(head)}\n\nIt writes:\n${agentWords(said)}`;
  }
  return OWN_PURPOSES.includes(purpose) ? visibleLines(text) : `The agent writes:\n${agentWords(text)}`;
}

function wakesOf({ kind, urgent }: HumanMessage): Wake[] {
  const asks: Wake[] = kind === "question" ? ["question"] : [];
  return urgent ? [...asks, "urgent"] : asks;
}

function howToAnswer({ deadline }: HumanMessage): string {
  const until = deadline === null ? "" : ` Until ${time(deadline)}, else the answer is no.`;
  return `Reply to this message to answer.${until}`;
}

function buttonsOf(row: HumanMessage): OutMessage["buttons"] {
  return choicesOf(row)
    .slice(0, CHANNEL_LIMITS.buttonsMax)
    .map((choice, at) => ({
      label: visibleText(choice).slice(0, CHANNEL_LIMITS.buttonCharactersMax),
      value: `answer ${row.id} ${at}`,
    }));
}

async function messageOver(tx: GateTransaction, row: HumanMessage): Promise<string | null> {
  const asked = row.text.length > 200 ? `${row.text.slice(0, 200)}…` : row.text;
  if (row.answered_at !== null) {
    const by = row.answered_by === null ? "" : ` by ${await nameOf(tx, row.answered_by)}`;
    return `Answered${by}: ${visibleText(row.answer ?? "").slice(0, 300)}\n\n${agentWords(asked)}`;
  }
  if (row.closed_reason !== null && row.kind === "question")
    return `It does not wait for an answer any more.\n\n${agentWords(asked)}`;
  return null;
}

export async function nameOf(tx: GateTransaction, person: string): Promise<string> {
  const row = await tx.gatePersons.findUnique({ where: { id: person }, select: { name: true } });
  return visibleText(row?.name ?? "somebody");
}

export async function workstationName(tx: GateTransaction, id: string): Promise<string> {
  const row = await tx.gateWorkstations.findFirst({ where: { id }, select: { name: true } });
  return visibleText(row?.name ?? "A workstation");
}

/** An agent's words: visible, each line marked, cut, and no address in them opens by a tap. */
export function agentWords(text: string, charactersMax: number = CHANNEL_LIMITS.quoteCharactersMax): string {
  const shown = visibleLines(text).replaceAll("://", "[:]//");
  const characters = Array.from(shown);
  const cut =
    characters.length <= charactersMax ? shown : `${characters.slice(0, charactersMax - 1).join("")}…`;
  return cut
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
}

function visibleLines(text: string): string {
  return text.trim().replaceAll("\r\n", "\n").split("\n").map(visibleText).join("\n");
}

function time(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
