/** Reads what the evening's check looks at, from what the gate and the runner let web see. */
import type { ControlTransaction } from "@nightgate/db/control";
import { APIS_OF_AGENT } from "@nightgate/shared/agent-models";
import { AGENTS } from "@nightgate/shared/agentd-protocol";
import { card } from "@nightgate/shared/card";
import { systemClock } from "@nightgate/shared/clock";
import { addresses } from "../../server/addresses.ts";
import { may } from "../../server/may.ts";
import { asMember, type Member } from "../../server/member.ts";
import { countWaitingHolds } from "../holds/queries.ts";
import { openQuestions } from "../questions/queries.ts";
import { agentsOffered } from "../shell/present.ts";
import { agentsOf, modelApisFor } from "../shell/queries.ts";
import type { ResourceView } from "../workstations/present.ts";
import { allResources, listWorkstations, readPolicy } from "../workstations/queries.ts";
import { type Check, eveningChecks, type EveningFacts } from "./present.ts";

export interface NightSettingsView {
  timeZone: string;
  /** `HH:MM`, both or neither. */
  starts: string;
  ends: string;
  wrapUpMinutes: number;
  budgetDollars: number | null;
  /** With whom runs go on when their model's provider cannot: one of `fallbacks`, or empty. */
  fallback: string;
}

export interface EveningPage {
  checks: Check[];
  night: NightSettingsView | null;
  /** Whom an owner may choose, each with its text. */
  fallbacks: [value: string, text: string][];
  organizationZone: string;
  mayChange: boolean;
  gateOrigin: string;
  /** For the addresses of the gate's pages. */
  organization: string;
}

interface NightRow {
  time_zone: string;
  starts_at: number | null;
  ends_at: number | null;
  wrap_up_minutes: number;
  budget_dollars: number | null;
  fallback_agent: string | null;
  fallback_model_id: string | null;
}

export async function openEvening(member: Member): Promise<EveningPage> {
  return await asMember(member, async (tx) => {
    const night = presentNight(
      await tx.$queryRaw<NightRow[]>`
      SELECT time_zone, starts_at, ends_at, wrap_up_minutes, budget_dollars, fallback_agent, fallback_model_id FROM jobs.nights`,
    );
    const own = await tx.controlOrganizations.findUnique({
      where: { organizationId: member.organization },
    });
    return {
      checks: eveningChecks(await readFacts(tx, member, night)),
      night,
      fallbacks: fallbacksOf((await allResources(tx)).map(({ view }) => view)),
      organizationZone: own?.timeZone ?? "UTC",
      mayChange: may(member, "members.change"),
      gateOrigin: addresses().gateOrigin,
      organization: member.organization,
    };
  });
}

function presentNight([row]: NightRow[]): NightSettingsView | null {
  if (row === undefined) return null;
  const { starts_at: starts, ends_at: ends } = row;
  return {
    timeZone: row.time_zone,
    starts: clock(starts),
    ends: clock(ends),
    wrapUpMinutes: row.wrap_up_minutes,
    budgetDollars: row.budget_dollars,
    fallback: fallbackValue(row),
  };
}

function fallbackValue({ fallback_agent: agent, fallback_model_id: model }: NightRow): string {
  if (agent !== null && model !== null) return `${agent} ${model}`;
  return agent !== null ? `agent:${agent}` : model !== null ? `model:${model}` : "";
}

/** Models of the policy, and agents that have one they can use. */
function fallbacksOf(resources: readonly ResourceView[]): EveningPage["fallbacks"] {
  const apis = resources.flatMap(({ api }) => api ?? []);
  const agents = AGENTS.filter((agent) => APIS_OF_AGENT[agent].some((api) => apis.includes(api)));
  return [
    ...resources
      .filter(({ kind }) => kind === "model")
      .map(({ id, name }): [string, string] => [`model:${id}`, `With the model ${name}`]),
    ...agents.map((agent): [string, string] => [`agent:${agent}`, `With the agent ${agent}`]),
  ];
}

function clock(minutes: number | null): string {
  if (minutes === null) return "";
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

async function readFacts(
  tx: ControlTransaction,
  { person }: Member,
  night: EveningFacts["night"],
): Promise<EveningFacts> {
  const now = systemClock.now();
  const workstations = await listWorkstations(tx);
  const resources = await allResources(tx);
  const ready = workstations.find(({ state }) => state === "ready");
  const policy = await readPolicy(tx);
  const devices = await tx.gateDeviceView.findMany({ where: { personId: person }, orderBy: { id: "desc" } });
  return {
    now,
    person,
    night,
    workstations,
    resources: resources.map(({ view }) => view),
    modelAnswers: await modelAnswers(tx),
    pushes: await lastPushes(tx),
    agents:
      ready === undefined ? null : agentsOffered(agentsOf(ready.agents), modelApisFor(resources, ready.id)),
    devices: devices.flatMap(({ device, rings, signedAt }) =>
      signedAt === null ? [] : [{ name: device ?? "", rings: rings === true, at: signedAt.getTime() }],
    ),
    approvers: (policy?.approvers ?? []).map((each) => ({
      person: each.person,
      name: each.name,
      passkeys: each.passkeys.length,
    })),
    grants: await openGrants(tx, now),
    waitingHolds: await countWaitingHolds(tx),
    openQuestions: (await openQuestions(tx)).length,
    ...(await workAhead(tx)),
  };
}

async function modelAnswers(tx: ControlTransaction): Promise<EveningFacts["modelAnswers"]> {
  const rows = await tx.$queryRaw<{ resource_id: string; status: number; created_at: Date }[]>`
    SELECT DISTINCT ON (resource_id) resource_id, status, created_at FROM gate.model_call_view
    WHERE created_at > now() - interval '1 day' ORDER BY resource_id, id DESC`;
  return new Map(rows.map((row) => [row.resource_id, { status: row.status, at: row.created_at.getTime() }]));
}

async function lastPushes(tx: ControlTransaction): Promise<EveningFacts["pushes"]> {
  const rows = await tx.$queryRaw<{ resource_id: string; state: string; words: string | null; at: Date }[]>`
    SELECT DISTINCT ON (resource_id) resource_id, state, left(outcome ->> 'words', 300) AS words, coalesce(ended_at, created_at) AS at
    FROM gate.hold_view WHERE kind = 'git.push' AND state IN ('released', 'failed') AND resource_id IS NOT NULL
    ORDER BY resource_id, ended_at DESC NULLS LAST`;
  return new Map(
    rows.map((row) => [
      row.resource_id,
      { went: row.state === "released", words: row.words ?? "", at: row.at.getTime() },
    ]),
  );
}

/** By the gate's own card: what a grant allows, and until when. Whether one was taken back since, the gate's page says. */
async function openGrants(tx: ControlTransaction, now: number): Promise<EveningFacts["grants"]> {
  const rows = await tx.gateHoldView.findMany({
    where: { kind: "grant.open", state: "released" },
    orderBy: { createdAt: "desc" },
    take: 50,
    select: { card: true },
  });
  return rows.flatMap((row) => {
    const read = card.safeParse(row.card);
    const until = read.data?.facts.find(({ label }) => label === "Until")?.value ?? "";
    const at = Date.parse(until);
    return read.success && at > now ? [{ title: read.data.title, until: at }] : [];
  });
}

async function workAhead(tx: ControlTransaction): Promise<Pick<EveningFacts, "next" | "going">> {
  const [going] = await tx.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM jobs.runs WHERE ended_at IS NULL AND state <> 'scheduled'`;
  const next = await tx.$queryRaw<{ name: string; at: Date }[]>`
    SELECT name, next_at AS at FROM jobs.schedules
    WHERE NOT paused AND deleted_at IS NULL AND next_at < now() + interval '1 day' ORDER BY next_at LIMIT 5`;
  return {
    going: Number(going?.count ?? 0),
    next: next.map(({ name, at }) => ({ name, at: at.getTime() })),
  };
}
