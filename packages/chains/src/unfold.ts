/** Applies the defaults and unfolds matrices: one job of the file becomes one job for each combination, and whoever needs it needs them all. */
import type { Chain, ChainJob, ChainWork } from "./chain.ts";
import type { ChainDocument, ChainJobDocument } from "./document.ts";
import { parseCondition, parseTemplate } from "./templates.ts";

const TIMEOUT_MINUTES = 60;

type Matrix = ChainJob["matrix"];

/** The chain that a checked document means. */
export function unfold(document: ChainDocument): Chain {
  const names = new Map<string, string[]>();
  for (const [name, job] of Object.entries(document.jobs))
    names.set(
      name,
      combinations(job.matrix).map((matrix) => nameOf(name, matrix)),
    );
  return {
    name: document.name,
    schedules: document.on.schedule.map(({ cron, timezone, missed, overlap }) => ({
      cron,
      timeZone: timezone ?? null,
      missed,
      overlap,
    })),
    jobs: Object.entries(document.jobs).flatMap(([name, job]) =>
      combinations(job.matrix).map((matrix) => chainJob(document, name, job, matrix, names)),
    ),
  };
}

function combinations(matrix: ChainJobDocument["matrix"]): Matrix[] {
  let found: Matrix[] = [{}];
  for (const [key, values] of Object.entries(matrix ?? {}))
    found = found.flatMap((before) => values.map((value) => ({ ...before, [key]: value })));
  return found;
}

function nameOf(name: string, matrix: Matrix): string {
  const values = Object.values(matrix);
  return values.length === 0 ? name : `${name} (${values.map(String).join(", ")})`;
}

function chainJob(
  { defaults, locks, ...chain }: ChainDocument,
  name: string,
  job: ChainJobDocument,
  matrix: Matrix,
  names: ReadonlyMap<string, readonly string[]>,
): ChainJob {
  const given = { ...chain, ...withoutNothing(defaults), ...withoutNothing(job) };
  const retries = given.retries ?? { max: 0, backoff: "exponential", "delay-seconds": 60 };
  return {
    name: nameOf(name, matrix),
    needs: job.needs.flatMap((needed) => names.get(needed) ?? []),
    if: job.if === undefined ? null : parseCondition(String(job.if)),
    work: workOf(job, defaults.backend ?? "claude"),
    locks: job.locks.flatMap((lock) => {
      const declared = locks[lock];
      return declared === undefined ? [] : [{ name: lock, ...declared }];
    }),
    keepLocks: given["keep-locks"] ?? false,
    matrix,
    memory: job.memory,
    deliver: job.deliver,
    workstation: given.workstation ?? null,
    repository: given.repository ?? null,
    timeoutSeconds: Math.round((given["timeout-minutes"] ?? TIMEOUT_MINUTES) * 60),
    retries: { max: retries.max, backoff: retries.backoff, backoffSeconds: retries["delay-seconds"] },
    onFailure: given["on-failure"] ?? "cascade",
    continuity: given.continuity ?? "fresh",
  };
}

/** A key that is not given must not hide the one behind it. */
function withoutNothing<Values extends object>(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values;
}

function workOf(job: ChainJobDocument, backend: Extract<ChainWork, { kind: "agent" }>["agent"]): ChainWork {
  if (job.run !== undefined) return { kind: "command", run: job.run };
  if (job.builtin !== undefined)
    return {
      kind: "builtin",
      builtin: job.builtin,
      agent: backend,
      with: Object.fromEntries(
        Object.entries(job.with).map(([key, value]) => [
          key,
          typeof value === "string" ? parseTemplate(value) : value,
        ]),
      ),
    };
  const { gate } = job;
  return {
    kind: "agent",
    agent: job.agent?.backend ?? backend,
    prompt:
      job.agent?.["prompt-file"] === undefined
        ? { text: parseTemplate(job.agent?.prompt ?? "") }
        : { file: job.agent["prompt-file"] },
    triage:
      gate === undefined
        ? null
        : {
            run: gate.run,
            timeoutSeconds: gate["timeout-seconds"],
            outcomes: gate.outcomes,
            onError: gate["on-error"],
          },
  };
}
