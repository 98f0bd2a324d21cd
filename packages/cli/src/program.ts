/** The whole command line, over whatever it is given: main.ts gives it the real things, tests their own. */
import { Problem } from "@nightgate/shared/problems";
import { WORKSTATION_CONTRACT } from "@nightgate/shared/workstation-contract";
import { Command } from "commander";
import { aptInstall } from "./commands/apt.ts";
import { verifyFile } from "./commands/audit.ts";
import { waitForHoldOutside } from "./commands/holds-outside.ts";
import { listHolds, waitForHold } from "./commands/holds.ts";
import { whoami } from "./commands/whoami.ts";
import { completionScript } from "./completion.ts";
import type { CliConfig } from "./env.ts";
import { login, logout, whoamiOutside } from "./outside/commands.ts";
import type { Transport } from "./transport.ts";
import { present } from "./verbs/present.ts";
import { addVerbCommands } from "./verbs/verb-commands.ts";

export const VERSION = "0.1.0";

export interface ProgramOptions {
  config: CliConfig;
  transport: Transport;
  /** Prints a piece of output as it is. */
  write(text: string): void;
  exitWith(code: number): void;
  /** Serves MCP on standard input and output until the client goes. */
  serveMcp(): Promise<void>;
}

const EXITS = `
Exit codes: 0 done; 1 a job that was waited for, or a program, did not end well; 3 rejected; 4 expired; 5 failed or unknown;
64 what was asked is not possible, and the words say why; 66 a file cannot be read; 69 try again later; 75 still pending;
77 nobody is logged in.`;

/** Makes it. Nothing is read or sent before it is parsed. */
export function createProgram(options: ProgramOptions): Command {
  const { config, exitWith, transport } = options;
  const print = (text: string): void => options.write(text.endsWith("\n") ? text : `${text}\n`);
  const program = new Command("nightgate")
    .description("What leaves this workstation waits for a person. See: nightgate help contract")
    .version(VERSION)
    .helpCommand(false)
    .configureOutput({ writeOut: options.write })
    .exitOverride()
    .addHelpText("after", EXITS);
  addHelp(program, print);
  addHolds(program, options, print);
  addVerbCommands(program, { who: config.inside ? "agent" : "person", transport, print, exitWith });
  addHere(program, options, print);
  addLogin(program, options, print);
  addAudit(program, options, print);
  return program;
}

type Print = (text: string) => void;

function addHelp(program: Command, print: Print): void {
  program
    .command("help [topic...]")
    .description("this help, that of a command, or `nightgate help contract`: what you can rely on in here")
    .action((topic: string[]) => {
      if (topic[0] === "contract") return print(WORKSTATION_CONTRACT);
      let found = program;
      for (const word of topic) found = found.commands.find((each) => each.name() === word) ?? found;
      found.outputHelp();
    });
  program
    .command("completion <shell>")
    .description("a script for bash, zsh or fish, to be sourced")
    .action((shell: string) => print(completionScript(program, shell)));
}

/** Inside, holds are asked of the gate itself, which answers also while the runner does not. */
function addHolds(program: Command, { config, exitWith, transport }: ProgramOptions, print: Print): void {
  const holds = program
    .command("holds")
    .description("list what is held and what became of it")
    .option("--json", "as JSON", false)
    .action(async (options: { json: boolean }) => {
      if (config.inside) return print(await listHolds(config, options));
      const listed = await transport.call("hold_list", {});
      print(options.json ? JSON.stringify(listed, null, 2) : present(listed));
    });
  holds
    .command("wait <hold>")
    .description(
      "wait up to 60 s; exits 0 released, 3 rejected, 4 expired, 5 failed or unknown, 75 still pending",
    )
    .option("--json", "as JSON", false)
    .action(async (hold: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<{ json: boolean }>();
      const { text, exit } = config.inside
        ? await waitForHold(config, hold, options)
        : await waitForHoldOutside(transport, hold, options);
      print(text);
      exitWith(exit);
    });
}

/** What is about this place. */
function addHere(
  program: Command,
  { config, transport, write, exitWith, serveMcp }: ProgramOptions,
  print: Print,
): void {
  program
    .command("apt")
    .description("Debian packages, installed as root and remembered")
    .command("install <packages...>")
    .description("install packages by name")
    .option("-y, --yes", "nothing is asked anyway")
    .action(async (packages: string[]) => exitWith(await aptInstall(config, packages, write)));
  program
    .command("whoami")
    .description("where this is, and whether its ways out answer")
    .option("--json", "as JSON", false)
    .action(async (options: { json: boolean }) =>
      print(
        config.inside
          ? await whoami(config, options)
          : await whoamiOutside(config.loginFile, transport, options),
      ),
    );
  program
    .command("mcp")
    .description("serve these commands as tools of the Model Context Protocol, on standard input and output")
    .action(async () => await serveMcp());
}

function addLogin(program: Command, { config }: ProgramOptions, print: Print): void {
  program
    .command("login")
    .description("log in from your own machine: prints a code and a link that you confirm in the browser")
    .option("--url <url>", "where your Nightgate is; NIGHTGATE_URL, or the last one, by default")
    .option("--read", "only to look", false)
    .action(async (options: { url?: string; read: boolean }) => {
      if (config.inside) throw new Problem("login.failed", { why: "inside a workstation nobody needs to" });
      const where = { url: options.url ?? config.url, read: options.read };
      await login({ file: config.loginFile, print }, where);
    });
  program
    .command("logout")
    .description("end what this machine was let in with, and forget it")
    .action(async () => print(await logout(config.loginFile)));
}

function addAudit(program: Command, { exitWith }: ProgramOptions, print: Print): void {
  const audit = program.command("audit").description("an organization's log, checked with public keys alone");
  audit
    .command("export [file]")
    .description("on the gate's host: npm run nightgate -- audit export FILE")
    .action(() => {
      throw new Problem("audit.host-only", {});
    });
  audit
    .command("verify <file>")
    .description(
      "exits 0 when all of it holds, 1 naming the first bad entry, 2 when it is cut off, rolled back or rewritten, 66 when it cannot be read",
    )
    .option("--trust <file>", "the log's key and origins; FILE.trust by default")
    .option("--checkpoint <files...>", "checkpoints seen before: the gate's, a browser's, another auditor's")
    .action((file: string, options: { trust?: string; checkpoint?: string[] }) => {
      const { text, exit } = verifyFile(file, options);
      print(text);
      exitWith(exit);
    });
}
