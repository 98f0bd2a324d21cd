/** What a job of a chain is told: an agent in words, a command in variables. */
import type { ChainJob } from "@nightgate/chains/chain";
import { type Fire, fireValues } from "@nightgate/chains/fire";
import { LIMITS } from "../limits.ts";

/** A job that this one needs, and how it ended. */
export interface NeedSeen {
  name: string;
  state: string;
  outcome: string | null;
  result: string;
  error: string;
}

export interface JobSurroundings {
  chain: string;
  job: ChainJob;
  fire: Fire;
  needs: readonly NeedSeen[];
  /** What its own triage said, where it has one. */
  triage: { outcome: string; output: string } | null;
}

/** The words behind an agent's own prompt: where it stands in the night, and what those before it have found. */
export function nightWords({ chain, job, fire, needs, triage }: JobSurroundings): string {
  const values = fireValues(fire);
  const when = `${values["fire.weekday"]} ${values["fire.date"]}, ${values["fire.time"]} ${fire.timeZone}`;
  const parts = [`You are the job \`${job.name}\` of the chain ${chain}, for the fire of ${when}.`];
  const matrix = Object.entries(job.matrix).map(([key, value]) => `${key} = ${String(value)}`);
  if (matrix.length > 0) parts.push(`Your part of its matrix: ${matrix.join(", ")}.`);
  if (triage !== null) parts.push(`Your triage said ${triage.outcome}:\n\n${quote(triage.output)}`);
  for (const need of needs) parts.push(needWords(need));
  parts.push("End your turn with a short account of what you have found: those after you are given it.");
  return parts.join("\n\n");
}

function needWords({ name, state, outcome, result, error }: NeedSeen): string {
  const how = `${state.replaceAll("_", " ")}${outcome === null ? "" : ` (${outcome})`}`;
  const said = error === "" ? result : error;
  return said.trim() === "" ? `Before you, ${name} ${how}.` : `Before you, ${name} ${how}:\n\n${quote(said)}`;
}

function quote(text: string): string {
  const cut = text.trim().slice(0, LIMITS.chainNeedCharactersMax);
  return cut === ""
    ? "> (nothing)"
    : cut
        .split("\n")
        .map((line) => `> ${line}`)
        .join("\n");
}

/** The variables of a command: what expressions see, as names of a shell. */
export function commandVariables({ chain, job, fire, needs }: JobSurroundings): Record<string, string> {
  const pairs: [string, string][] = [
    ["NIGHTGATE_CHAIN", chain],
    ["NIGHTGATE_CHAIN_JOB", job.name],
    ...Object.entries(fireValues(fire)).map(([name, value]): [string, string] => [name, String(value)]),
    ...Object.entries(job.matrix).map(([key, value]): [string, string] => [
      `matrix_${key}`,
      String(value ?? ""),
    ]),
    ...needs.map(({ name, state }): [string, string] => [`needs_${name}`, state]),
  ];
  return Object.fromEntries(
    pairs.slice(0, LIMITS.commandVariablesMax).map(([name, value]) => [
      name
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]+/gu, "_")
        .replaceAll(/^_+|_+$/gu, "")
        .slice(0, 100),
      value.slice(0, LIMITS.commandVariableCharactersMax),
    ]),
  );
}

/** The note that is delivered at the end of a job: our own sentence, an empty line, and what the job said. */
export function deliveryWords(
  chain: string,
  job: string,
  { state, result, error }: { state: string; result: string; error: string },
): string {
  const said = (error === "" ? result : error).trim();
  const head = `${chain}: ${job} ${ENDS[state] ?? state.replaceAll("_", " ")}.`;
  return `${head}${said === "" ? "" : `\n\n${said}`}`.slice(0, LIMITS.noteCharactersMax);
}

const ENDS: Readonly<Record<string, string>> = {
  upstream_failed: "was not begun",
  timed_out: "ran out of time",
};
