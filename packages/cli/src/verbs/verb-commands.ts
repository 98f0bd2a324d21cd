/** The commands that are verbs: made from the table, for an agent inside or a person outside, over whichever transport there is. */
import { homedir } from "node:os";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import type { Verb } from "@nightgate/shared/verbs/verb";
import { argumentFaults, verbsFor } from "@nightgate/shared/verbs/verbs";
import { Argument, type Command, Option } from "commander";
import type { Transport } from "../transport.ts";
import { type Field, fieldsOf } from "./fields.ts";
import { followLogs } from "./follow-logs.ts";
import { exitAfter, followJob, followsJob } from "./follow.ts";
import { present } from "./present.ts";
import { flagOf, OTHER_NAMES, readArguments, typedName } from "./read-arguments.ts";

export interface VerbCommandOptions {
  who: "agent" | "person";
  transport: Transport;
  print(text: string): void;
  /** What the process ends with, unless it fails. */
  exitWith(code: number): void;
  /** For tests: reads the file of `--prompt-file`. */
  readInput?(file: string): string;
}

/** What a group of commands is about. */
const GROUPS: Readonly<Record<string, string>> = {
  jobs: "work for agents: create, look, wait, run again",
  schedule: "work, or words to oneself, at a time",
  locks: "what only so many runs may have at once",
  peer: "other agents: ask, answer, tell",
  memory: "what agents have learned and keep",
  chains: "nights of jobs that need each other",
  holds: "what waits for a person, and what became of it",
  night: "the hours in which runs begin, and what they may cost",
};

/** Adds them all to the program. */
export function addVerbCommands(program: Command, options: VerbCommandOptions): void {
  for (const [name, verb] of verbsFor(options.who)) {
    if (verb.command === null) continue;
    const [first = "", second] = verb.command.split(" ");
    const parent = second === undefined ? program : groupOf(program, first);
    addCommand(parent, second ?? first, name, verb, options);
  }
}

function groupOf(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  return known ?? program.command(name).description(GROUPS[name] ?? name);
}

function addCommand(
  parent: Command,
  word: string,
  name: string,
  verb: Verb,
  options: VerbCommandOptions,
): void {
  const fields = fieldsOf(verb);
  const command = parent.command(word).summary(firstSentence(verb.summary)).description(verb.summary);
  const positional = (verb.positional ?? []).flatMap(
    (key) => fields.find((field) => field.key === key) ?? [],
  );
  for (const field of positional) command.addArgument(argumentOf(field, verb.files?.includes(field.key)));
  for (const field of fields) for (const option of optionsOf(field, positional)) command.addOption(option);
  if (followsJob(name))
    command.option("--wait", "wait until it has ended; exits 0 where it ended well, 1 otherwise");
  if (name === "job_logs") command.option("--follow", "go on printing what comes, until the run has ended");
  command.option("--json", "as JSON");
  command.action(async (...typed: unknown[]) => {
    const flags = command.optsWithGlobals<Record<string, unknown>>();
    const words = Object.fromEntries(positional.map(({ key }, index) => [key, typedValue(typed[index])]));
    const files = filesIn(verb, words);
    const args = {
      ...(options.who === "agent" && folderIn(verb, files)),
      ...readArguments(fields, words, { ...flags, ...files }, options.readInput),
    };
    const why = argumentFaults(verb, args);
    if (why !== null) throw new Problem("verb.arguments", { verb: verb.command ?? name, why });
    const first = await options.transport.call(name, args);
    const json = flags["json"] === true;
    if (flags["follow"] === true) return await followLogs({ ...options, job: args["job"], json }, first);
    const result = flags["wait"] === true ? await followJob(options.transport, first) : first;
    options.print(json ? JSON.stringify(result, null, 2) : present(result));
    options.exitWith(exitAfter(result));
  });
}

/** Takes the names of files out of what was typed, as if each had been typed with `--...-file`. */
function filesIn(verb: Verb, words: Record<string, unknown>): Record<string, unknown> {
  const files: Record<string, unknown> = {};
  for (const key of verb.files ?? []) {
    if (words[key] === undefined) continue;
    files[typedName(`${flagOf(key)}-file`)] = words[key];
    delete words[key];
  }
  return files;
}

/** For the list of commands; the rest of it is in the command's own help. */
function firstSentence(summary: string): string {
  return /^.*?(?=\. |\.$|: )/s.exec(summary)?.[0] ?? summary;
}

/** The folder of the file that was named, as the verb's own argument; nothing where it is not below the home folder. */
function folderIn(verb: Verb, files: Record<string, unknown>): Record<string, unknown> {
  const [file] = Object.values(files);
  if (verb.folder === undefined || typeof file !== "string" || file === "-") return {};
  const below = relative(homedir(), dirname(resolve(file)));
  return below.startsWith("..") || isAbsolute(below) ? {} : { [verb.folder]: `~/${below}` };
}

/** A list without anything in it was not typed. */
function typedValue(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

/** Long texts may come from a file, so that none has to be typed. */
function argumentOf({ key, kind, required, long, help }: Field, isFile = false): Argument {
  const name = isFile ? "file" : flagOf(key);
  const many = kind === "list" ? `${name}...` : name;
  const about = isFile ? "The file; - is what comes in" : help;
  return new Argument(required && !long ? `<${many}>` : `[${many}]`, about);
}

function optionsOf(field: Field, positional: readonly Field[]): Option[] {
  const flag = flagOf(field.key);
  const file = field.long
    ? [new Option(`--${flag}-file <file>`, `${flag} from a file; - is what comes in`)]
    : [];
  if (positional.includes(field)) return file;
  const other = OTHER_NAMES[field.key];
  const made = [oneOption(field, flag), ...(other === undefined ? [] : [oneOption(field, other).hideHelp()])];
  return [...made, ...file];
}

function oneOption(field: Field, flag: string): Option {
  if (field.kind === "flag") return new Option(field.on ? `--no-${flag}` : `--${flag}`, field.help);
  const option = new Option(`--${flag} <${valueNameOf(field)}>`, field.help);
  if (field.kind === "list" || field.kind === "objects")
    option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
  return option;
}

/** What stands for the value in the help; an object is typed by its parts, such as `passed=12,failed=1`. */
function valueNameOf({ kind, parts }: Field): string {
  if (kind === "object") return parts.map((part) => `${part}=...`).join(",");
  return kind === "number" || kind === "json" ? kind : "text";
}
