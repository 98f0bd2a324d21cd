/** Verbs of peers: agents on other workstations, and people's channels. A question is durable, answered once, and has a deadline. */
import { z } from "zod";
import { verb, waitSeconds } from "./verb.ts";

/** How a question stands. */
export const MESSAGE_STATES = [
  "queued",
  "delivered",
  "acknowledged",
  "answered",
  "expired",
  "refused",
] as const;

/** Where notes to people go. */
export const PEOPLE_CHANNELS = [
  "people",
  "push",
  "telegram",
  "slack",
  "discord",
  "email",
  "webhook",
] as const;

const peerName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .describe(
    "Who: `<workstation>`, `<workstation>/<agent>`, `<workstation>/<title of its job, as list_peers has it>`, a job's or a run's id",
  );
const message = z.string().trim().min(1).max(20_000);
const correlationId = z.string().min(1).max(64).describe("The id of the question, `msg_...`");
const deadlineMinutes = z
  .int()
  .min(1)
  .max(2_880)
  .default(60)
  .describe("After so many minutes without an answer the question has expired, and you are told");

const told = z.object({
  correlation_id: z.string(),
  peer_name: z.string().describe("Who was asked"),
  state: z.enum(MESSAGE_STATES),
  answer: z
    .string()
    .nullable()
    .describe("What was answered, or why there is no answer; null while it is open"),
  run: z.string().nullable().describe("The run that has it"),
  deadline: z.iso.datetime(),
});

const peer = z.object({
  peer_name: z.string(),
  kind: z.enum(["workstation", "job", "people"]),
  description: z.string(),
  state: z
    .enum(["busy", "waiting", "asleep", "away"])
    .describe(
      "busy: at work; waiting: for a person, an approval or a provider; asleep: a question begins a run; away: its workstation is not connected",
    ),
  agents: z.array(z.string()),
  works_on: z.string().describe("The title of its job; empty when it sleeps"),
  run: z.string().nullable(),
  you: z.boolean(),
});

export const peerVerbs = {
  list_peers: verb({
    summary:
      "Who can be asked and told: agents on the organization's workstations, their jobs, and people's channels.",
    args: z.strictObject({}),
    result: z.object({ peers: z.array(peer) }),
    who: "both",
    effect: "read",
    command: "peer list",
  }),
  set_description: verb({
    summary:
      "Says in one or two sentences what you are working on or good at, for others to see in list_peers.",
    args: z.strictObject({
      description: z.string().trim().max(500).describe("At most 500 characters; empty takes it away"),
      peer_name: peerName.optional().describe("Whose; left out, your own. People name a workstation"),
    }),
    result: z.object({ peer_name: z.string(), description: z.string() }),
    who: "both",
    effect: "write",
    command: "peer describe",
    positional: ["description"],
  }),
  ask: verb({
    summary:
      "Asks another agent. It is delivered into its live run, or begins one if it sleeps. You need not wait: end your turn, and the answer is your next prompt; or call wait_on_ack.",
    args: z.strictObject({
      peer_name: peerName,
      query: message.describe(
        "The question, with all that the other one needs to know: it sees nothing else of yours",
      ),
      deadline_minutes: deadlineMinutes,
    }),
    result: told,
    who: "both",
    effect: "write",
    command: "peer ask",
    positional: ["peer_name", "query"],
  }),
  wait_on_ack: verb({
    summary: "Waits until your question was acknowledged or answered, and answers how it stands.",
    args: z.strictObject({
      correlation_id: correlationId,
      for: z
        .enum(["ack", "answer"])
        .default("answer")
        .describe("ack: that the other one has begun; answer: the answer"),
      wait_seconds: waitSeconds,
    }),
    result: told,
    who: "both",
    effect: "write",
    command: "peer wait",
    positional: ["correlation_id"],
  }),
  ack: verb({
    summary: "Tells the one who asked you: got it, working on it. Use it when the answer will take a while.",
    args: z.strictObject({
      correlation_id: correlationId,
      message: z.string().trim().max(2_000).default("").describe("A word on when or how; may be empty"),
    }),
    result: told,
    who: "both",
    effect: "write",
    command: "peer ack",
    positional: ["correlation_id", "message"],
  }),
  answer: verb({
    summary: "Answers a question that another agent or a person has asked you. Once; it closes the question.",
    args: z.strictObject({
      correlation_id: correlationId,
      message: message.describe("The answer, complete in itself"),
      refuse: z.boolean().default(false).describe("You cannot or will not answer; the message says why"),
    }),
    result: told,
    who: "both",
    effect: "write",
    command: "peer answer",
    positional: ["correlation_id", "message"],
  }),
  notify_peer: verb({
    summary:
      "Tells another agent something without asking for an answer, or tells people on a channel (peer_name `people`, `telegram`, `slack`, ...).",
    args: z.strictObject({
      peer_name: peerName.describe(
        "An agent as in ask; or `people`, `push`, `telegram`, `slack`, `discord`, `email`, `webhook`",
      ),
      message: message.describe("What to tell"),
      wake: z
        .boolean()
        .default(false)
        .describe(
          "Begin a run if the agent sleeps; otherwise it is told when its next run begins, within a day",
        ),
      urgent: z.boolean().default(false).describe("To people only: may break their quiet hours"),
    }),
    result: z.object({ correlation_id: z.string(), state: z.enum(MESSAGE_STATES) }),
    who: "both",
    effect: "write",
    command: "peer notify",
    positional: ["peer_name", "message"],
  }),
  broadcast: verb({
    summary: "Tells every agent that is at work now. Wakes nobody. Not for answers.",
    args: z.strictObject({ message: message.describe("What all of them should know") }),
    result: z.object({ sent_to: z.array(z.string()) }),
    who: "both",
    effect: "write",
    command: "peer broadcast",
    positional: ["message"],
  }),
  ask_many: verb({
    summary:
      "Asks several agents the same at once. When the last one has answered or its time is over, you get all answers in one prompt, or from ask_many_result.",
    args: z.strictObject({
      peer_names: z.array(peerName).min(1).max(20).describe("Whom; at most 20"),
      query: message.describe("The question, with all that they need to know"),
      deadline_minutes: deadlineMinutes,
    }),
    result: z.object({ group_id: z.string(), asked: z.array(told) }),
    who: "both",
    effect: "write",
    command: "peer ask-many",
  }),
  ask_many_result: verb({
    summary: "How the questions of an ask_many stand; waits for the last answer if you want.",
    args: z.strictObject({
      group_id: z.string().min(1).max(64).describe("From ask_many, `grp_...`"),
      wait_seconds: waitSeconds,
    }),
    result: z.object({ done: z.boolean(), asked: z.array(told) }),
    who: "both",
    effect: "write",
    command: "peer ask-many-result",
    positional: ["group_id"],
  }),
  trace: verb({
    summary:
      "Each stage of a message on its way: written, handed to a run, heard, acknowledged, answered, told.",
    args: z.strictObject({ correlation_id: correlationId }),
    result: z.object({
      correlation_id: z.string(),
      kind: z.string(),
      from: z.string(),
      peer_name: z.string(),
      text: z.string(),
      state: z.enum(MESSAGE_STATES),
      stages: z.array(
        z.object({ stage: z.string(), run: z.string().nullable(), words: z.string(), at: z.iso.datetime() }),
      ),
    }),
    who: "both",
    effect: "read",
    command: "peer trace",
    positional: ["correlation_id"],
  }),
} as const;
