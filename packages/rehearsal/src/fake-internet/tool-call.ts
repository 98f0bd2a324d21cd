/** Every agent has a shell under another name. A script says what to run; here it becomes the call that this agent offers. */

/** A tool as an API's request offers it. `custom` is OpenAI's: its input is text instead of JSON. */
export interface OfferedTool {
  name: string;
  kind: "function" | "custom";
}

export interface ToolCall {
  name: string;
  kind: "function" | "custom";
  /** JSON for a function, the text itself for a custom tool. */
  input: string;
}

const fn = (name: string, input: Record<string, unknown>): ToolCall => ({
  name,
  kind: "function",
  input: JSON.stringify(input),
});

/** In the order of preference: an agent offers one of them. */
const SHELLS: Readonly<Record<string, (command: string, description: string) => ToolCall>> = {
  // Claude Code
  Bash: (command, description) => fn("Bash", { command, description }),
  // OpenCode
  bash: (command) => fn("bash", { command }),
  // Codex: programs in JavaScript around its shell, or the shell itself, as the model's name decides.
  exec: (command) => ({ name: "exec", kind: "custom", input: codexProgram(command) }),
  exec_command: (command) => fn("exec_command", { cmd: command, yield_time_ms: CODEX_YIELD_MS }),
  shell_command: (command) => fn("shell_command", { command }),
  shell: (command) => fn("shell", { command: ["bash", "-lc", command] }),
};

/** The longest that Codex's shell waits before it hands back what there is. */
const CODEX_YIELD_MS = 30_000;

/** The call that runs `command`, or null where no shell is offered: a side call, for a title or a summary. */
export function shellCall(
  offered: readonly OfferedTool[],
  command: string,
  description: string,
): ToolCall | null {
  const names = new Set(offered.map((tool) => tool.name));
  const found = Object.entries(SHELLS).find(([name]) => names.has(name));
  return found ? found[1](command, description) : null;
}

/** With it Claude Code looks up the tools that it has not shown to its model yet. */
export const TOOL_SEARCH = "ToolSearch";

/** The call of one of Nightgate's own tools, as each agent has it; for one that has to be looked up first, the call that does. Null where there is none. */
export function verbCall(
  offered: readonly OfferedTool[],
  verb: string,
  args: Record<string, unknown>,
): ToolCall | null {
  const names = new Set(offered.map((tool) => tool.name));
  const tool = `mcp__nightgate__${verb}`;
  if (names.has(tool)) return fn(tool, args);
  if (names.has(`nightgate_${verb}`)) return fn(`nightgate_${verb}`, args);
  if (names.has(TOOL_SEARCH)) return fn(TOOL_SEARCH, { query: `select:${tool}` });
  if (!names.has("exec")) return null;
  const program = `text(JSON.stringify(await tools.${tool}(${JSON.stringify(args)})));`;
  return { name: "exec", kind: "custom", input: program };
}

/** Whether the request comes from an agent at work, which has a shell. */
export function offersShell(offered: readonly OfferedTool[]): boolean {
  return shellCall(offered, "true", "") !== null;
}

function codexProgram(command: string): string {
  return [
    `let result = await tools.exec_command({ cmd: ${JSON.stringify(command)}, yield_time_ms: ${CODEX_YIELD_MS} });`,
    "let output = result.output;",
    "while (result.session_id !== undefined) {",
    `  result = await tools.write_stdin({ session_id: result.session_id, chars: "", yield_time_ms: ${CODEX_YIELD_MS} });`,
    "  output += result.output;",
    "}",
    "text(output);",
    "if (result.exit_code) text(`Exit code ${result.exit_code}`);",
  ].join("\n");
}

/** Codex hands a program back that runs for long: then it has to be waited for. */
export function waitCall(offered: readonly OfferedTool[], lastResult: string): ToolCall | null {
  const cell = /Script running with cell ID (\S+)/.exec(lastResult)?.[1];
  if (cell === undefined || !offered.some((tool) => tool.name === "wait")) return null;
  return fn("wait", { cell_id: cell, yield_time_ms: CODEX_YIELD_MS });
}
