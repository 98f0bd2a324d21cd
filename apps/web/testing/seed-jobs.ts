/** What the runner (and the gate, for holds) would have written: tasks in every state, one of them with thousands of events. */
import type { GateDatabase, GateTransaction } from "@nightgate/db/gate";
import type { JobsDatabase, JobsTransaction } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import type { RunEventBody } from "@nightgate/shared/run-events";
import type { RunState } from "@nightgate/shared/run-states";
import { pushConversation, longConversation } from "./seed-events.ts";
import type { Seeded } from "./seeded.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Spec {
  name: string;
  prompt: string;
  state: RunState;
  agoMs: number;
  lastsMs: number;
  events: RunEventBody[];
  error?: string;
  result?: string;
  resumeInMs?: number;
  holds?: {
    state: string;
    title: string;
    atMs: number;
    words?: string;
    flags?: { level: "danger" | "warning"; code: string; text: string }[];
  }[];
  repository?: boolean;
}

export async function seedJobs(
  jobs: JobsDatabase,
  gate: GateDatabase,
  seeded: Seeded,
  repository: string,
  events: number,
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  await jobs.asOrganization(seeded.organization, async (tx) => {
    await tx.jobsWorkstations.create({
      data: {
        organizationId: seeded.organization,
        workstationId: seeded.workstation,
        connected: true,
        agents: ["claude", "codex", "opencode"],
      },
    });
  });
  for (const spec of specs(events)) {
    const job = newId("job");
    const run = newId("run");
    ids[spec.name] = job;
    await jobs.asOrganization(
      seeded.organization,
      async (tx) => await writeJob(tx, seeded, spec, { job, run, repository }),
    );
    await writeEvents(jobs, seeded.organization, run, spec);
    await gate.asOrganization(
      seeded.organization,
      async (tx) => await writeGate(tx, seeded, spec, { run, repository }),
    );
  }
  return ids;
}

async function writeJob(
  tx: JobsTransaction,
  seeded: Seeded,
  spec: Spec,
  ids: { job: string; run: string; repository: string },
): Promise<void> {
  const created = new Date(Date.now() - spec.agoMs);
  const ended = ["succeeded", "failed", "cancelled"].includes(spec.state)
    ? new Date(created.getTime() + spec.lastsMs)
    : null;
  const common = { organizationId: seeded.organization, workstationId: seeded.workstation, agent: "claude" };
  const withRepository = spec.repository !== false;
  await tx.jobsJobs.create({
    data: {
      ...common,
      id: ids.job,
      title: spec.prompt.split("\n")[0]?.slice(0, 120) ?? "",
      prompt: spec.prompt,
      createdBy: seeded.person,
      createdAt: created,
      repositoryId: withRepository ? ids.repository : null,
      repositoryUrl: withRepository ? "https://github.com/acme/shop.git" : null,
    },
  });
  await tx.jobsRuns.create({
    data: {
      ...common,
      id: ids.run,
      jobId: ids.job,
      state: spec.state,
      lastSeq: spec.events.length,
      error: spec.error ?? "",
      result: spec.result ?? "",
      resumeAt: spec.resumeInMs === undefined ? null : new Date(Date.now() + spec.resumeInMs),
      createdAt: created,
      startedAt: spec.state === "queued" ? null : new Date(created.getTime() + 4_000),
      endedAt: ended,
    },
  });
}

async function writeEvents(jobs: JobsDatabase, organization: string, run: string, spec: Spec): Promise<void> {
  const begin = Date.now() - spec.agoMs + 4_000;
  const step = spec.lastsMs / Math.max(1, spec.events.length);
  for (let from = 0; from < spec.events.length; from += 1_000) {
    const rows = spec.events.slice(from, from + 1_000).map((body, index) => ({
      organizationId: organization,
      runId: run,
      seq: from + index + 1,
      at: new Date(begin + (from + index) * step),
      body,
    }));
    await jobs.asOrganization(organization, async (tx) => await tx.jobsEvents.createMany({ data: rows }));
  }
}

async function writeGate(
  tx: GateTransaction,
  seeded: Seeded,
  spec: Spec,
  ids: { run: string; repository: string },
): Promise<void> {
  const common = { organizationId: seeded.organization, workstationId: seeded.workstation, runId: ids.run };
  await tx.gateModelCalls.createMany({
    data: Array.from({ length: 6 }, () => ({
      ...common,
      resourceId: ids.repository,
      model: "claude",
      status: 200,
      inputTokens: 4_210n,
      cachedInputTokens: 38_400n,
      outputTokens: 912n,
    })),
  });
  for (const hold of spec.holds ?? []) {
    const at = new Date(Date.now() - spec.agoMs + hold.atMs);
    const settled = hold.state === "pending" ? null : new Date(at.getTime() + 9 * MINUTE);
    await tx.gateHolds.create({
      data: {
        ...common,
        id: newId("hold"),
        kind: "git.push",
        state: hold.state,
        action: {},
        actionDigest: newId("run"),
        card: {
          title: hold.title,
          verb: "Push",
          target: "acme/shop agent/fix-rounding",
          facts: [
            { label: "Upstream", value: "https://github.com/acme/shop.git" },
            { label: "Workstation", value: "atlas" },
            {
              label: "Push",
              value: "refs/heads/agent/fix-rounding: 1f0c2b7a91de → 88a1f20b5c6e; 3 commits; 2 files, +21 −4",
            },
          ],
          flags: hold.flags ?? [],
          undrawn: [],
        },
        resourceId: ids.repository,
        words: hold.words ?? "",
        createdAt: at,
        expiresAt: new Date(at.getTime() + 48 * HOUR),
        decidedAt: settled,
        endedAt: settled,
      },
    });
  }
}

function specs(events: number): Spec[] {
  const push = "atlas wants to push 3 commits to acme/shop agent/fix-rounding";
  return [
    {
      name: "long",
      prompt:
        "Migrate the whole test suite from Jest to Vitest, package by package, and keep every test green on the way.",
      state: "running",
      agoMs: 3 * HOUR,
      lastsMs: 3 * HOUR,
      events: longConversation(events),
    },
    {
      name: "waiting",
      prompt:
        "Fix the rounding of VAT in the checkout and push it on a branch.\n\nThe sum of the lines must equal the total on the invoice; see the failing test in packages/checkout.",
      state: "awaiting_approval",
      agoMs: 50 * MINUTE,
      lastsMs: 32 * MINUTE,
      events: pushConversation(),
      holds: [
        {
          state: "rejected",
          title: "atlas wants to push 2 commits to acme/shop agent/fix-rounding",
          atMs: 16 * MINUTE,
          words: "The test only covers 19 %. Please add 7 % and the zero rate too.",
        },
        {
          state: "pending",
          title: push,
          atMs: 40 * MINUTE,
          flags: [{ level: "warning", code: "lockfile", text: "package-lock.json changes" }],
        },
      ],
    },
    {
      name: "question",
      prompt: "Upgrade Postgres from 15 to 17 in the compose file",
      state: "awaiting_input",
      agoMs: 2 * HOUR,
      lastsMs: 4 * MINUTE,
      events: [],
      result: "Should I keep the old volume, or dump and restore?",
    },
    {
      name: "failed",
      prompt: "Find out why the nightly import takes four hours",
      state: "failed",
      agoMs: 6 * HOUR,
      lastsMs: 22 * MINUTE,
      events: [
        { kind: "prompt", prompt: "p1", text: "Find out why the nightly import takes four hours" },
        { kind: "agent.message", text: "I'll profile it first." },
        { kind: "session.ended", error: "The agent's process was killed: it used more than 4 GB of memory." },
      ],
      error: "The agent's process was killed: it used more than 4 GB of memory.",
    },
    {
      name: "limited",
      prompt: "Write API documentation for the orders service",
      state: "rate_limited",
      agoMs: 40 * MINUTE,
      lastsMs: 10 * MINUTE,
      events: [],
      error: "The model provider answered 429: too many requests.",
      resumeInMs: 25 * MINUTE,
    },
    {
      name: "auth",
      prompt: "Translate the e-mail templates to German and French",
      state: "needs_auth",
      agoMs: 90 * MINUTE,
      lastsMs: MINUTE,
      events: [],
      error: "The model provider answered 401: the key is not valid any more.",
    },
    {
      name: "queued",
      prompt: "Remove the feature flag new-checkout and everything behind it",
      state: "queued",
      agoMs: 3 * MINUTE,
      lastsMs: 0,
      events: [],
    },
    {
      name: "done",
      prompt: "Add dark mode to the status page",
      state: "succeeded",
      agoMs: 9 * HOUR,
      lastsMs: 41 * MINUTE,
      events: pushConversation(),
      holds: [{ state: "released", title: push, atMs: 20 * MINUTE }],
    },
    {
      name: "cancelled",
      prompt: "Try out the new bundler",
      state: "cancelled",
      agoMs: 20 * HOUR,
      lastsMs: 5 * MINUTE,
      events: [],
      repository: false,
    },
    {
      name: "wordy",
      prompt: `Rename the branch ${"feature/a-very-long-branch-name-that-nobody-should-have-chosen-but-somebody-did-".repeat(4)}and everything that mentions it`,
      state: "succeeded",
      agoMs: 26 * HOUR,
      lastsMs: 12 * MINUTE,
      events: pushConversation(),
    },
  ];
}
