#!/usr/bin/env node
/**
 * `nightgate`: the command line. Inside a workstation it has no credential and needs none: who it is, the sockets say. On a person's own machine
 * it asks web with what `login` has left there. `audit verify` works anywhere.
 */
import { Problem } from "@nightgate/shared/problems";
import { CommanderError } from "commander";
import { readCliConfig } from "./env.ts";
import { createInsideTransport } from "./inside-transport.ts";
import { createWebTransport } from "./outside/web-transport.ts";
import { createProgram, VERSION } from "./program.ts";

const config = readCliConfig(process.env);
const transport = config.inside ? createInsideTransport(config) : createWebTransport(config.loginFile);
const program = createProgram({
  config,
  transport,
  write: (text) => void process.stdout.write(text),
  exitWith: (code) => (process.exitCode = code),
  serveMcp: async () => {
    // Only here: the other commands need not wait for it to load.
    const { serveMcp } = await import("./mcp/serve.ts");
    await serveMcp({ who: config.inside ? "agent" : "person", transport, version: VERSION });
  },
});

try {
  await program.parseAsync();
} catch (error) {
  // What cannot be parsed, and help, commander has printed itself.
  if (!(error instanceof CommanderError))
    process.stderr.write(
      `nightgate: ${error instanceof Problem ? error.message : "something went wrong here, and nothing was changed."}\n`,
    );
  process.exitCode = exitOf(error);
}

/** sysexits(3): the input cannot be read, nobody is logged in, try later, or asked for something that is not possible. */
function exitOf(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (!(error instanceof Problem)) return 64;
  if (error.code === "audit.unreadable") return 66;
  if (error.code === "login.required") return 77;
  return error.retry === "later" ? 69 : 64;
}
