/**
 * What a linked member may do from a channel: answer, hint, queue, look, and say no. It is asked of the runner as what web asks is, in the
 * member's name. Nothing here lets a hold go: approving needs the gate's page and a passkey (invariant 4).
 */
import type { GateTransaction } from "@nightgate/db/gate";
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { holdId, newId } from "@nightgate/shared/ids";
import { type JobsInboxMessage, jobsInboxMessage } from "@nightgate/shared/jobs-inbox";
import type { ChannelService } from "@nightgate/shared/policy";
import { Problem } from "@nightgate/shared/problems";
import { visibleText } from "@nightgate/shared/visible-text";
import type { Rejection } from "../core/reject-by-words.ts";
import { membersOf } from "../push/recipients.ts";
import type { About } from "./deliveries.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { Link } from "./links.ts";
import type { OutMessage, Received } from "./service.ts";
import { holdsText, statusText } from "./status.ts";
import { choicesOf, humanMessage, type Origins, workstationName } from "./words.ts";

export interface CommandDeps {
  origins: Origins;
  /** Its own transaction: a rejection is written under the log's head. */
  reject(rejection: Rejection): Promise<unknown>;
}

export interface Heard {
  link: Link;
  service: ChannelService;
  received: Received;
  /** What the message is a reply to. */
  about: About | null;
}

/** What the commands do within the transaction that remembers the message; a rejection is handed back, to be done after it. */
export type Done = { say: string } | { reject: Rejection };

/** Does what was written or pressed, and says what became of it, in the words of that service. */
export async function obey(tx: GateTransaction, deps: CommandDeps, heard: Heard): Promise<Done> {
  const done = await carryOut(tx, deps, heard);
  return "say" in done ? { say: inWordsOf(heard.service, done.say) } : done;
}

async function carryOut(tx: GateTransaction, deps: CommandDeps, heard: Heard): Promise<Done> {
  const { link, received, about } = heard;
  const role = (await membersOf(tx, link.organization)).find(({ person }) => person === link.person)?.role;
  if (role === undefined) return { say: "You are no member of this organization any more." };
  const text = received.text.trim().slice(0, CHANNEL_LIMITS.receivedCharactersMax);
  if (received.button !== null) return await press(tx, heard, role, received.button);
  const [, command, rest = ""] = SLASHED.exec(text) ?? plainCommand(heard, text) ?? [];
  if (command !== undefined)
    return await run(tx, deps, { ...heard, role }, command.toLowerCase(), rest.trim());
  if (text === "") return { say: HELP };
  if (about !== null) return await reply(tx, link, role, about, text);
  const only = await onlyQuestion(tx, link);
  return only === null ? { say: HELP } : await answer(tx, link, role, only, text);
}

const SLASHED = /^\/([a-z]+)(?:@\w+)?(?:\s+([\s\S]*))?$/i;
/** Only what can hardly be meant as an answer or a hint. */
const PLAIN = [
  /^(status|holds|help)$/i,
  /^(reject)\s+(H-[\s\S]+)$/i,
  /^(new)\s+([a-z][a-z0-9-]{0,30}\s*:[\s\S]+)$/i,
];

/** Slack keeps what begins with a slash for itself, so there commands are plain words. */
function plainCommand({ service, about }: Heard, text: string): RegExpExecArray | null {
  if (service !== "slack" || (about !== null && about.kind !== "hold")) return null;
  return PLAIN.map((pattern) => pattern.exec(text)).find((found) => found !== null) ?? null;
}

/** Text that names commands, as they are written on that service. */
export function inWordsOf(service: ChannelService, text: string): string {
  return service === "slack"
    ? text.replaceAll(/(?<=^|\s)\/(?=(?:status|holds|reject|new|help)\b)/g, "")
    : text;
}

const HELP = [
  "Reply to a question to answer it, or to a message about a task to give its agent a hint.",
  "/status: what is going on",
  "/holds: what waits for a decision",
  "/reject H-12345678 why: say no to a hold. Approving needs your passkey, on the gate's page.",
  "/new workstation: what is to be done",
].join("\n");

const VIEWERS_LOOK = "Viewers can look and not ask for anything.";

async function press(tx: GateTransaction, { link }: Heard, role: string, value: string): Promise<Done> {
  const [verb, id = "", at = ""] = value.split(" ");
  if (verb === "reject" && holdId.safeParse(id).success)
    return { say: `To reject it, write:\n/reject ${id} and why. The agent is told your words.` };
  if (verb !== "answer") return { say: HELP };
  const row = await humanMessage(tx, id);
  const choice = row === null ? undefined : choicesOf(row)[Number(at)];
  return choice === undefined
    ? { say: "That is not asked any more." }
    : await answer(tx, link, role, id, choice);
}

async function run(
  tx: GateTransaction,
  { origins }: CommandDeps,
  heard: Heard & { role: string },
  command: string,
  rest: string,
): Promise<Done> {
  switch (command) {
    case "status":
      return { say: await statusText(tx) };
    case "holds":
      return { say: await holdsText(tx, origins) };
    case "reject":
      return rejection(heard, rest);
    case "new":
      return await queue(tx, heard.link, heard.role, rest);
    default:
      return { say: HELP };
  }
}

function rejection({ link, service }: Heard, rest: string): Done {
  const [, id = "", words = ""] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
  const hold = id.toUpperCase();
  if (!holdId.safeParse(hold).success) return { say: "Which hold? /reject H-12345678 and why." };
  if (words.trim() === "") return { say: `Say why, for the agent: /reject ${hold} and your words.` };
  const { organization, person, channel } = link;
  return { reject: { organization, person, channel, service, hold, words } };
}

async function reply(
  tx: GateTransaction,
  link: Link,
  role: string,
  about: About,
  text: string,
): Promise<Done> {
  if (about.kind === "question") return await answer(tx, link, role, about.id, text);
  if (about.kind === "hold")
    return {
      say: `A reply decides nothing. Approve it with your passkey on the gate's page, or write: /reject ${about.id} and why.`,
    };
  const job = await jobOf(tx, about);
  if (job === null) return { say: HELP };
  if (role === "viewer") return { say: VIEWERS_LOOK };
  await insert(tx, link, { kind: "job.prompt", job, run: newId("run"), person: link.person, prompt: text });
  return { say: "The agent is told." };
}

async function jobOf(tx: GateTransaction, about: About): Promise<string | null> {
  if (about.kind === "note") return (await humanMessage(tx, about.id))?.job_id ?? null;
  if (about.kind !== "run") return null;
  const run = await tx.jobsRuns.findUnique({ where: { id: about.id }, select: { jobId: true } });
  return run?.jobId ?? null;
}

async function answer(
  tx: GateTransaction,
  link: Link,
  role: string,
  question: string,
  text: string,
): Promise<Done> {
  if (role === "viewer") return { say: VIEWERS_LOOK };
  const row = await humanMessage(tx, question);
  if (row?.kind !== "question" || row.answered_at !== null || row.closed_reason !== null)
    return { say: "That does not wait for an answer any more." };
  await insert(tx, link, { kind: "question.answer", question, person: link.person, answer: text });
  const name = row.workstation_id === null ? "It" : await workstationName(tx, row.workstation_id);
  return { say: `${name} is told: ${visibleText(text).slice(0, 200)}` };
}

/** The one open question that this link was sent, if there is just one: then words without a reply answer it. */
async function onlyQuestion(tx: GateTransaction, link: Link): Promise<string | null> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT m.id FROM jobs.human_messages m JOIN gate.deliveries d ON d.about_id = m.id AND d.about_kind = 'question'
    WHERE d.link_id = ${link.id} AND d.state = 'sent' AND m.kind = 'question' AND m.answered_at IS NULL AND m.closed_reason IS NULL
    LIMIT 2`;
  return rows.length === 1 ? (rows[0]?.id ?? null) : null;
}

async function queue(tx: GateTransaction, link: Link, role: string, rest: string): Promise<Done> {
  if (role === "viewer") return { say: VIEWERS_LOOK };
  const [, name = "", prompt = ""] = /^([a-z][a-z0-9-]{0,30})\s*:?\s+([\s\S]+)$/i.exec(rest) ?? [];
  const open = await tx.controlWorkstations.findMany({
    where: { wanted: { not: "removed" } },
    select: { id: true, name: true },
    orderBy: { name: "asc" },
  });
  const place = open.find((each) => each.name === name.toLowerCase());
  const names = open.map((each) => each.name).join(", ");
  if (place === undefined || prompt.trim() === "")
    return {
      say: `Write: /new WORKSTATION: what is to be done. There ${names === "" ? "is no workstation yet" : `are: ${names}`}.`,
    };
  return await queueOn(tx, link, place, prompt.trim());
}

/** As the last task there was: its agent, its repository. */
async function queueOn(
  tx: GateTransaction,
  link: Link,
  place: { id: string; name: string },
  prompt: string,
): Promise<Done> {
  const last = await tx.jobsJobs.findFirst({
    where: { workstationId: place.id },
    orderBy: { createdAt: "desc" },
    select: { agent: true, repositoryId: true, repositoryUrl: true },
  });
  const agent = AGENTS.find((each) => each === last?.agent) ?? "claude";
  const { repositoryId: repository, repositoryUrl } = last ?? { repositoryId: null, repositoryUrl: null };
  const ids = { job: newId("job"), run: newId("run"), person: link.person, workstation: place.id };
  await insert(tx, link, { kind: "job.create", ...ids, agent, repository, repositoryUrl, prompt });
  const where = repositoryUrl === null ? "" : `, in ${visibleText(repositoryUrl)}`;
  return { say: `Queued on ${place.name} with ${agent}${where}. You are told when it ends.` };
}

async function insert(tx: GateTransaction, link: Link, message: JobsInboxMessage): Promise<void> {
  const read = jobsInboxMessage.safeParse(message);
  if (!read.success) throw new Problem("input.invalid", { why: "that cannot be asked" });
  await tx.$executeRaw`
    INSERT INTO jobs.inbox (organization_id, body) VALUES (${link.organization}, ${JSON.stringify(read.data)}::jsonb)`;
}

export function asMessage(text: string): OutMessage {
  return { title: text, body: "", link: null, buttons: [], quiet: true };
}
