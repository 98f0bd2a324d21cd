/** Carries out the verbs of peers. */
import type { JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { Problem } from "@nightgate/shared/problems";
import type { peerVerbs } from "@nightgate/shared/verbs/peer-verbs";
import { PEER_LIMITS } from "../peers/limits.ts";
import { describePeer, listPeers } from "../peers/list-peers.ts";
import type { MessageRow } from "../peers/message-row.ts";
import { resolvePeer } from "../peers/peer-names.ts";
import { tellChannel } from "../peers/people.ts";
import { acknowledge, answerMessage, askedBy, isFrom, tellWaiting } from "../peers/reply.ts";
import { agentNamed, broadcastTargets, sendMessage } from "../peers/send.ts";
import { traceMessage } from "../peers/trace.ts";
import type { Handlers, VerbCaller } from "./caller.ts";

const MINUTE_MS = 60_000;

export const peerHandlers: Handlers<typeof peerVerbs> = {
  list_peers: async (tx, caller) => ({ result: { peers: await listPeers(tx, caller) } }),

  set_description: async (tx, caller, { description, peer_name: name }, now) => ({
    result: { peer_name: await describePeer(tx, caller, { name, description }, now), description },
  }),

  ask: async (tx, caller, { peer_name: name, query, deadline_minutes: minutes }, now) => {
    const message = await sendMessage(
      tx,
      caller,
      {
        kind: "ask",
        target: await agentNamed(tx, caller, name),
        text: query,
        wake: true,
        group: null,
        deadline: new Date(now.getTime() + minutes * MINUTE_MS),
      },
      now,
    );
    return { result: toldOf(message), touched: runsOf(message) };
  },

  wait_on_ack: async (tx, caller, { correlation_id: id, for: wanted }) => {
    const message = await askedBy(tx, caller, id);
    if (message.closed_at !== null && (await tellWaiting(tx, caller, [message])))
      return { result: toldOf(message) };
    const enough = wanted === "ack" && message.state === "acknowledged";
    return {
      result: { ...toldOf(message), ...(message.closed_at !== null && { answer: null }) },
      pending: !enough,
    };
  },

  ack: async (tx, caller, { correlation_id: id, message: words }, now) => {
    const message = await acknowledge(tx, caller, { id, words }, now);
    return { result: toldOf(message), touched: runsOf(message) };
  },

  answer: async (tx, caller, { correlation_id: id, message: text, refuse }, now) => {
    const message = await answerMessage(tx, caller, { id, text, refuse }, now);
    return { result: toldOf(message), touched: runsOf(message) };
  },

  notify_peer: async (tx, caller, { peer_name: name, message: text, wake, urgent }, now) => {
    const target = await resolvePeer(tx, name);
    if (target.kind === "people") {
      const id = await tellChannel(tx, caller, { channel: target.channel, text, urgent }, now);
      return { result: { correlation_id: id, state: "queued" } };
    }
    const message = await sendMessage(
      tx,
      caller,
      {
        kind: "notify",
        target: await agentNamed(tx, caller, name),
        text,
        wake,
        group: null,
        deadline: new Date(now.getTime() + PEER_LIMITS.notifyKeptMs),
      },
      now,
    );
    return { result: { correlation_id: message.id, state: message.state }, touched: runsOf(message) };
  },

  broadcast: async (tx, caller, { message: text }, now) => {
    const messages: MessageRow[] = [];
    const deadline = new Date(now.getTime() + PEER_LIMITS.notifyKeptMs);
    for (const target of await broadcastTargets(tx, caller)) {
      const sent = { kind: "broadcast", target, text, wake: false, group: null, deadline } as const;
      messages.push(await sendMessage(tx, caller, sent, now));
    }
    return {
      result: { sent_to: messages.map(({ to_peer: peer }) => peer) },
      touched: messages.flatMap(runsOf),
    };
  },

  ask_many: async (tx, caller, { peer_names: names, query, deadline_minutes: minutes }, now) => {
    const group = newId("group");
    const deadline = new Date(now.getTime() + minutes * MINUTE_MS);
    const messages: MessageRow[] = [];
    for (const name of new Set(names)) {
      const target = await agentNamed(tx, caller, name);
      messages.push(
        await sendMessage(tx, caller, { kind: "ask", target, text: query, wake: true, group, deadline }, now),
      );
    }
    return { result: { group_id: group, asked: messages.map(toldOf) }, touched: messages.flatMap(runsOf) };
  },

  ask_many_result: async (tx, caller, { group_id: group }) => {
    const messages = await groupOf(tx, caller, group);
    const done = messages.every(({ closed_at: closed }) => closed !== null);
    if (done && (await tellWaiting(tx, caller, messages)))
      return { result: { done, asked: messages.map(toldOf) } };
    return { result: { done: false, asked: messages.map(toldOf) }, pending: true };
  },

  trace: async (tx, caller, { correlation_id: id }) => {
    const { message, stages } = await traceMessage(tx, caller, id);
    return {
      result: {
        correlation_id: message.id,
        kind: message.kind,
        from: message.from_name,
        peer_name: message.to_peer,
        text: message.text,
        state: message.state,
        stages: stages.map(({ stage, run, words, at }) => ({ stage, run, words, at: at.toISOString() })),
      },
    };
  },
};

async function groupOf(tx: JobsTransaction, caller: VerbCaller, group: string): Promise<MessageRow[]> {
  const rows = await tx.$queryRaw<
    MessageRow[]
  >`SELECT * FROM jobs.messages WHERE group_id = ${group} ORDER BY created_at, id FOR UPDATE`;
  const [first] = rows;
  if (first === undefined || !isFrom(first, caller))
    throw new Problem("not-found", { what: `group ${group} of yours` });
  return rows;
}

function toldOf(message: MessageRow): {
  correlation_id: string;
  peer_name: string;
  state: MessageRow["state"];
  answer: string | null;
  run: string | null;
  deadline: string;
} {
  return {
    correlation_id: message.id,
    peer_name: message.to_peer,
    state: message.state,
    answer: message.answer,
    run: message.to_run_id,
    deadline: message.deadline.toISOString(),
  };
}

function runsOf({ from_run_id: from, to_run_id: to }: MessageRow): string[] {
  return [from, to].filter((run) => run !== null);
}
