/**
 * The main job, from nothing to commits that arrived, with real parts: sign-up, workstation, the real agent, a held push, the phone,
 * a decision with a passkey, the upstream. `npm run demo` tells it in words, an end-to-end test asserts it, and set-up offers it as "Try it without a key".
 */
import type { AgentName } from "@nightgate/shared/agentd-protocol";
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import {
  approve,
  type Evening,
  holdReaches,
  pendingPush,
  queueTask,
  readHold,
  setUpRehearsal,
  signUp,
} from "@nightgate/testkit/evening";
import type { Phone, PushMessage } from "@nightgate/testkit/phone";
import type { Product } from "@nightgate/testkit/product";
import { upstreamSha } from "@nightgate/testkit/sample-upstream";
import { readTaskStream } from "@nightgate/testkit/task-stream";
import { until } from "@nightgate/testkit/until";
import type { Browser } from "@playwright/test";
import { z } from "zod";

export const REHEARSAL_TASK = "Print prices with a currency, run the tests, commit, and push to main.";

export interface Report {
  agent: string;
  hold: string;
  heldSha: string;
  upstreamSha: string;
  /** What the push receiver got and decrypted. */
  notified: PushMessage;
  receiptsVerified: boolean;
  /** Milliseconds. */
  workstationReady: number;
  pushToHeld: number;
  heldToNotified: number;
  approveToUpstream: number;
}

export interface Rehearsal {
  product: Product;
  browser: Browser;
  phone: Phone;
  say: (words: string) => void;
  /** Who does the work; claude unless told otherwise. */
  agent?: AgentName;
}

export interface Rehearsed {
  report: Report;
  evening: Evening;
  job: string;
}

/** Plays it through. Throws when anything is off. */
export async function rehearse({
  product,
  browser,
  phone,
  say,
  agent = "claude",
}: Rehearsal): Promise<Rehearsed> {
  say("Ada opens Nightgate and enrols a passkey with the one-time code; it signs version 1 of the policy.");
  const person = await signUp(product, browser);
  say("She makes a workstation, and signs that it may use the sample repository and the scripted model.");
  const evening = await setUpRehearsal(product, person);
  await phone.subscribe(product, person);
  const before = upstreamSha(product.home);
  say(`She queues a task and closes the laptop. The real ${agent} works in a container without a network.`);
  const job = await queueTask(evening, REHEARSAL_TASK, agent);
  const { id } = await pendingPush(evening);
  const hold = await readHold(evening, id);
  const heldSha = hold.action.updates?.[0]?.new ?? "";
  const heldAt = Date.parse(hold.createdAt);
  say(`Its push is held as ${id}: ${heldSha.slice(0, 10)} has not reached the upstream.`);
  if (upstreamSha(product.home) !== before) throw new Error("The upstream moved before anybody approved");
  const told = await phone.toldOf(id);
  say(`The phone says: ${told.message.title}`);
  const approvedAt = await approve(evening, id);
  const arrivedAt = await until(
    "the commits at the upstream",
    30_000,
    () => (upstreamSha(product.home) === heldSha ? Date.now() : null),
    10,
  );
  await holdReaches(evening, id, "released");
  say("She reads it on the gate's page and approves with her passkey. Exactly these commits arrive.");
  const receiptsVerified = await verifyReceipts(evening);
  say("The log's receipts verify.");
  return {
    evening,
    job,
    report: {
      agent,
      hold: id,
      heldSha,
      upstreamSha: upstreamSha(product.home) ?? "",
      notified: told.message,
      receiptsVerified,
      workstationReady: evening.workstationReadyMs,
      pushToHeld: heldAt - (await pushStartedAt(evening, job)),
      heldToNotified: told.at - heldAt,
      approveToUpstream: arrivedAt - approvedAt,
    },
  };
}

const verification = z.looseObject({ size: z.number(), firstBad: z.unknown() });

async function verifyReceipts({ person, product }: Evening): Promise<boolean> {
  const { body } = await askAsPerson(person.context, `${product.gate}/api/audit/verify`, {
    method: "POST",
    data: {},
  });
  const { size, firstBad } = verification.parse(body);
  return size > 0 && firstBad === null;
}

/** When the agent's tool call with `git push` began, by the workstation's clock, which is the host's. */
async function pushStartedAt({ person, product }: Evening, job: string): Promise<number> {
  const { events } = await readTaskStream(person.context, product.web, job);
  const push = events.find(
    (event) => event.kind === "tool" && `${event.title} ${event.preview}`.includes("git push"),
  );
  if (!push) throw new Error("No event tells of the push");
  return push.at;
}
