/** What scripts of the scripted model are made of: words, a command of the agent's own shell, a call of one of Nightgate's tools. */
import type { VerbName } from "@nightgate/shared/verbs/verbs";
import type { Standing } from "./conversation.ts";

/** What the script says next: words, and at most one thing to do. */
export interface ScriptedReply {
  text: string;
  /** A command, which becomes a call of the agent's own shell. */
  tool?: { name: "Bash"; input: { command: string; description: string } };
  /** One of Nightgate's own tools. */
  verb?: { name: VerbName; args: Record<string, unknown> };
}

export type Step = (standing: Standing) => ScriptedReply;

export interface Script {
  /** Matched against the last prompt. */
  when: RegExp;
  /** Matched against the first prompt of the session, where that matters too. */
  task?: RegExp;
  steps: Step[];
}

export const bash = (text: string, command: string): Step => {
  return () => ({ text, tool: { name: "Bash", input: { command, description: text.slice(0, 80) } } });
};
export const say = (text: string): Step => {
  return () => ({ text });
};
export const call = (text: string, name: VerbName, args: Record<string, unknown>): ScriptedReply => ({
  text,
  verb: { name, args },
});

export const PUSH = "git push origin HEAD:main";

/** A command that replaces `from` by `to` in a file, and fails where there is nothing to replace. */
export function edit(path: string, from: string, to: string): string {
  return `node -e 'const fs=require("fs");const p=process.argv[1];const s=fs.readFileSync(p,"utf8");if(!s.includes(process.argv[2]))throw new Error("nothing to replace");fs.writeFileSync(p,s.replace(process.argv[2],process.argv[3]))' ${path} '${from}' '${to}'`;
}

/** The script that fits, if one does. */
export function scriptFor(scripts: readonly Script[], { prompt, task }: Standing): Script | undefined {
  return scripts.find((script) => script.when.test(prompt) && (script.task?.test(task) ?? true));
}
