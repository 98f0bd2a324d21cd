/** The gate's end of the hooks' pipes: one push, from "may these objects come in" to a status for each ref (githooks, "proc-receive"). */
import type { ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { Problem } from "@nightgate/shared/problems";
import { type PushCommand, readCommand } from "../read.ts";
import { FLUSH, packet, packetReader } from "./pkt-line.ts";

/** What the client is told of one ref. `as` makes git print `main -> <as>` and leave the tracking branch where it is. */
export type RefAnswer = { ref: string } & ({ ok: true; as?: string } | { ok: false; why: string });

export interface HookTalk {
  /** The folder with the objects that just arrived ("" if none did), or null if receive-pack ended before it asked. */
  quarantine(): Promise<string | null>;
  /** Lets the objects in, or says why not (one line, shown to the client). */
  admit(refusal: string | null): void;
  /** The commands of the push, or null if receive-pack ended first (the objects were bad: the client has been told by git). */
  commands(): Promise<PushCommand[] | null>;
  /** Shown to the client at once, each line behind "remote: ". */
  say(text: string): void;
  /** Ends the conversation. */
  answer(answers: readonly RefAnswer[]): void;
}

/** Takes over descriptors 3 to 5 of a receive-pack that was started with the gate's hooks. */
export function hookTalk(child: ChildProcess, refsMax: number): HookTalk {
  const [fromHook, toHook, words] = [3, 4, 5].map((at) => child.stdio[at]) as [Readable, Writable, Writable];
  const reader = packetReader(fromHook);
  // A client that went away takes the hook with it; the hold does not depend on it.
  for (const stream of [fromHook, toHook, words]) stream.on("error", () => "the hook is gone");

  return {
    quarantine: async () => {
      const line = await reader.line();
      if (line === null) return null;
      if (!line.startsWith("quarantine "))
        throw new Problem("git.protocol", { why: "the hook does not say where the objects are" });
      return line.slice("quarantine ".length);
    },
    admit: (refusal) => void toHook.write(`${refusal === null ? "ok" : oneLine(refusal)}\n`),
    commands: async () => {
      const version = await reader.packet();
      if (version === null) return null;
      while ((await reader.packet()) !== "flush");
      toHook.write(`${packet("version=1\0atomic\n")}${FLUSH}`);
      const commands: PushCommand[] = [];
      for (;;) {
        const line = await reader.packet();
        if (line === null) return null;
        if (line === "flush") return commands;
        // What is over the limit is refused with a sentence later; it need not all be remembered for that.
        if (commands.length <= refsMax) commands.push(readCommand(line));
      }
    },
    say: (text) => void words.write(`${text}\n`),
    answer: (answers) => {
      let lines = "";
      for (const answer of answers) {
        if (answer.ok)
          lines +=
            packet(`ok ${answer.ref}\n`) +
            (answer.as === undefined ? "" : packet(`option refname ${answer.as}\n`));
        else lines += packet(`ng ${answer.ref} ${oneLine(answer.why)}\n`);
      }
      toHook.end(`${lines}${FLUSH}`);
      words.end();
    },
  };
}

/** git's status lines end at a newline, and long ones are hard to read. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 900);
}
