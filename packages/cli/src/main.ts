#!/usr/bin/env node
/**
 * `nightgate`: the command line. Inside a workstation it has no credential and needs none: who it is, the sockets say. On a person's own machine
 * it asks web with what `login` has left there. `audit verify` works anywhere.
 */
import { Problem } from "@nightgate/shared/problems";
import { WORKSTATION_CONTRACT } from "@nightgate/shared/workstation-contract";
import { Command } from "commander";
import { aptInstall } from "./commands/apt.ts";
import { verifyFile } from "./commands/audit.ts";
import { listHolds, waitForHold } from "./commands/holds.ts";
import { whoami } from "./commands/whoami.ts";
import { readCliConfig } from "./env.ts";
import { login, logout, whoamiOutside } from "./outside/commands.ts";
import { createWebTransport } from "./outside/web-transport.ts";

const config = readCliConfig(process.env);
const print = (text: string): void => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);

const program = new Command("nightgate")
  .description("What leaves this workstation waits for a person. See: nightgate help contract")
  .version("0.1.0")
  .helpCommand(false);

program
  .command("help [topic]")
  .description("this help, or `nightgate help contract`: what you can rely on in here")
  .action((topic?: string) => print(topic === "contract" ? WORKSTATION_CONTRACT : program.helpInformation()));

const holds = program
  .command("holds")
  .description("list what is held and what became of it")
  .option("--json", "as JSON", false)
  .action(async (options: { json: boolean }) => print(await listHolds(config, options)));

holds
  .command("wait <hold>")
  .description(
    "wait up to 60 s; exits 0 released, 3 rejected, 4 expired, 5 failed or unknown, 75 still pending",
  )
  .option("--json", "as JSON", false)
  .action(async (hold: string, options: { json: boolean }) => {
    const { text, exit } = await waitForHold(config, hold, options);
    print(text);
    process.exitCode = exit;
  });

program
  .command("apt")
  .description("Debian packages, installed as root and remembered")
  .command("install <packages...>")
  .description("install packages by name")
  .option("-y, --yes", "nothing is asked anyway")
  .action(async (packages: string[]) => {
    process.exitCode = await aptInstall(config, packages, (text) => void process.stdout.write(text));
  });

program
  .command("whoami")
  .description("where this is, and whether its ways out answer")
  .option("--json", "as JSON", false)
  .action(async (options: { json: boolean }) =>
    print(
      config.inside
        ? await whoami(config, options)
        : await whoamiOutside(config.loginFile, createWebTransport(config.loginFile), options),
    ),
  );

program
  .command("login")
  .description("log in from your own machine: prints a code and a link that you confirm in the browser")
  .option("--url <url>", "where your Nightgate is; NIGHTGATE_URL, or the last one, by default")
  .option("--read", "only to look", false)
  .action(async (options: { url?: string; read: boolean }) => {
    if (config.inside) throw new Problem("login.failed", { why: "inside a workstation nobody needs to" });
    const transport = createWebTransport(config.loginFile);
    await login(
      { file: config.loginFile, transport, print },
      { url: options.url ?? config.url, read: options.read },
    );
  });

program
  .command("logout")
  .description("end what this machine was let in with, and forget it")
  .action(async () => print(await logout(config.loginFile)));

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
    process.exitCode = exit;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    `nightgate: ${error instanceof Problem ? error.message : "something went wrong here, and nothing was changed."}\n`,
  );
  process.exitCode = exitOf(error);
}

/** sysexits(3): the input cannot be read, nobody is logged in, try later, or asked for something that is not possible. */
function exitOf(error: unknown): number {
  if (!(error instanceof Problem)) return 64;
  if (error.code === "audit.unreadable") return 66;
  if (error.code === "login.required") return 77;
  return error.retry === "later" ? 69 : 64;
}
