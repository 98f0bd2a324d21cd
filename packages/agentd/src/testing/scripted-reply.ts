/** What a script is shown and what it says, whichever API the agent speaks. */
import type { ServerResponse } from "node:http";

export type ScriptedReply =
  | { text: string }
  | { tool: string; input: Record<string, unknown> }
  /** A command in the shell of whichever agent asks. */
  | { command: string }
  /** A program for codex, which calls its tools from JavaScript. */
  | { program: string }
  /** An HTTP error, as a provider would send it. */
  | { status: number; message: string }
  /** Starts to stream and then breaks the connection. */
  | { breaks: true };

/** What the script is shown: the last words of the person, how many tools have answered since, and the whole request. */
export interface ScriptedTurn {
  lastWords: string;
  toolResults: number;
  body: Record<string, unknown>;
}

/** Sends JSON; an error is not to be repeated. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    "content-type": "application/json",
    ...(status >= 400 ? { "x-should-retry": "false" } : {}),
  });
  response.end(JSON.stringify(body));
}
