/** Reads a chain's YAML. Everything that is wrong is found at once, each with its line and column; nothing is guessed. */
import { checkSchedule } from "@nightgate/shared/schedule-times";
import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import type { Chain, ChainFault } from "./chain.ts";
import { type ChainDocument, chainDocument } from "./document.ts";
import { ExpressionError, namesIn } from "./expressions.ts";
import { findCycle } from "./graph.ts";
import { parseCondition, parseTemplate } from "./templates.ts";
import { unfold } from "./unfold.ts";

/** The largest file that is read. */
export const CHAIN_BYTES_MAX = 256 * 1024;

type Path = readonly PropertyKey[];
export type Parsed = { ok: true; chain: Chain } | { ok: false; faults: ChainFault[] };

/** The chain, or all of its faults in the order of their lines. */
export function parseChain(text: string): Parsed {
  if (Buffer.byteLength(text) > CHAIN_BYTES_MAX)
    return {
      ok: false,
      faults: [{ line: 1, column: 1, message: `The file is larger than ${CHAIN_BYTES_MAX / 1024} KiB.` }],
    };
  const source = new Source(text);
  const faults = source.syntaxFaults();
  if (faults.length > 0) return { ok: false, faults };
  const value = source.value();
  if (value === null)
    return { ok: false, faults: [{ line: 1, column: 1, message: "Aliases unfold into too much." }] };
  const parsed = chainDocument.safeParse(value.of);
  if (!parsed.success)
    return { ok: false, faults: sorted(parsed.error.issues.flatMap((issue) => faultsOf(issue, source))) };
  const more = sorted(checkMeaning(parsed.data, source));
  return more.length > 0 ? { ok: false, faults: more } : { ok: true, chain: unfold(parsed.data) };
}

function sorted(faults: ChainFault[]): ChainFault[] {
  return faults.toSorted((one, other) => one.line - other.line || one.column - other.column);
}

/** The text with its places. */
class Source {
  readonly #lines = new LineCounter();
  readonly #document;

  constructor(text: string) {
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: true,
      strict: true,
    });
  }

  syntaxFaults(): ChainFault[] {
    return this.#document.errors.map((error) => ({
      ...this.#place(error.pos[0]),
      message: sentence(error.message),
    }));
  }

  /** Null where aliases unfold into too much: a small file may not become a huge one. */
  value(): { of: unknown } | null {
    try {
      return { of: this.#document.toJS({ maxAliasCount: 100 }) };
    } catch (error) {
      if (error instanceof ReferenceError) return null;
      throw error;
    }
  }

  /** Where the value at the path stands, or the nearest thing around it; `key` asks for the key itself. */
  at(path: Path, key = false): { line: number; column: number } {
    for (let length = path.length; length >= 0; length -= 1) {
      const part = path.slice(0, length);
      const node = key && length === path.length ? this.#key(part) : this.#node(part);
      if (node?.range) return this.#place(node.range[0]);
    }
    return { line: 1, column: 1 };
  }

  #node(path: Path): Node | null {
    if (path.length === 0) return this.#document.contents;
    return (this.#document.getIn(path, true) as Node | undefined) ?? null;
  }

  #key(path: Path): Node | null {
    const parent = this.#node(path.slice(0, -1));
    const pair = isMap(parent)
      ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1))
      : undefined;
    return isScalar(pair?.key) ? pair.key : null;
  }

  #place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

function faultsOf(issue: z.core.$ZodIssue, source: Source): ChainFault[] {
  const where = issue.path.join(".") || "the file";
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      ...source.at([...issue.path, key], true),
      message: `${JSON.stringify(key)} is not a key of ${where}.`,
    }));
  if (issue.code === "invalid_union") {
    const [closest] = issue.errors.toSorted((one, other) => one.length - other.length);
    if (closest?.[0]) return faultsOf({ ...closest[0], path: [...issue.path, ...closest[0].path] }, source);
  }
  return [{ ...source.at(issue.path), message: sentence(`${where}: ${issue.message}`) }];
}

function sentence(text: string): string {
  const line = text.split("\n")[0]?.trim() ?? "";
  return /[.!?]$/u.test(line) ? line : `${line}.`;
}

/** What no schema sees: names that lead nowhere, circles, expressions, times. */
function checkMeaning(document: ChainDocument, source: Source): ChainFault[] {
  return [
    ...checkNames(document, source),
    ...checkSchedules(document, source),
    ...Object.keys(document.jobs).flatMap((job) => checkExpressions(document, job, source)),
  ];
}

function checkNames({ jobs, locks }: ChainDocument, source: Source): ChainFault[] {
  const faults: ChainFault[] = [];
  for (const [name, job] of Object.entries(jobs)) {
    for (const [index, needed] of job.needs.entries())
      if (!(needed in jobs))
        faults.push({
          ...source.at(["jobs", name, "needs", index]),
          message: `jobs.${name} needs ${needed}, and there is no such job.`,
        });
    for (const [index, lock] of job.locks.entries())
      if (!(lock in locks))
        faults.push({
          ...source.at(["jobs", name, "locks", index]),
          message: `jobs.${name} takes the lock ${lock}, which is not declared under locks.`,
        });
  }
  if (faults.length > 0) return faults;
  const cycle = findCycle(new Map(Object.entries(jobs).map(([name, job]) => [name, job.needs])));
  const [first] = cycle ?? [];
  return cycle === null || first === undefined
    ? []
    : [
        {
          ...source.at(["jobs", first, "needs"]),
          message: `These jobs need each other in a circle: ${cycle.join(" -> ")}.`,
        },
      ];
}

function checkSchedules({ on }: ChainDocument, source: Source): ChainFault[] {
  return on.schedule.flatMap(({ cron, timezone }, index) => {
    try {
      checkSchedule(cron, timezone ?? "UTC");
      return [];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return [{ ...source.at(["on", "schedule", index]), message }];
    }
  });
}

const FIRE_NAMES = new Set(["fire.weekday", "fire.date", "fire.time", "fire.at", "fire.reason"]);

function checkExpressions({ jobs }: ChainDocument, name: string, source: Source): ChainFault[] {
  const job = jobs[name];
  if (job === undefined) return [];
  const known = (path: string): boolean => {
    const [root, key, last] = path.split(".");
    if (root === "matrix") return key !== undefined && last === undefined && key in (job.matrix ?? {});
    if (root === "needs") return key !== undefined && job.needs.includes(key) && last === "result";
    return FIRE_NAMES.has(path);
  };
  const faults: ChainFault[] = [];
  const check = (path: Path, read: () => { path: string }[]): void => {
    try {
      for (const { path: used } of read())
        if (!known(used))
          faults.push({ ...source.at(path), message: `${path.join(".")}: there is no value ${used} here.` });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      faults.push({
        ...source.at(path),
        message: `${path.join(".")}: ${error.message} (at character ${error.at + 1}).`,
      });
    }
  };
  const template = (text: string) => () =>
    parseTemplate(text).parts.flatMap((part) => (typeof part === "string" ? [] : namesIn(part.expression)));
  const { if: condition } = job;
  if (typeof condition === "string") check(["jobs", name, "if"], () => namesIn(parseCondition(condition)));
  if (job.agent?.prompt !== undefined) check(["jobs", name, "agent", "prompt"], template(job.agent.prompt));
  for (const [key, value] of Object.entries(job.with))
    if (typeof value === "string") check(["jobs", name, "with", key], template(value));
  return faults;
}
