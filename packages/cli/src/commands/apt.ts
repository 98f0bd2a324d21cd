/** `nightgate apt install`: asks agentd, which is root in here, and shows what apt says while it says it. */
import { Problem } from "@nightgate/shared/problems";
import { open, refusal } from "../ask.ts";
import type { CliConfig } from "../env.ts";

/** Prints apt's words by `print`. Answers the exit code. */
export async function aptInstall(
  config: CliConfig,
  packages: readonly string[],
  print: (text: string) => void,
): Promise<number> {
  const answer = await open({
    socketPath: config.agentdSocket,
    path: "/apt/install",
    body: { packages },
  }).catch((cause: unknown) => {
    throw new Problem("agentd.away", {}, { cause });
  });
  answer.setTimeout(0);
  answer.setEncoding("utf8");
  if (answer.statusCode !== 200) {
    let text = "";
    for await (const piece of answer) text += String(piece);
    throw new Problem("asked.refused", { why: refusal(text, answer.statusCode ?? 0) });
  }
  let last = "";
  for await (const piece of answer) {
    last = `${last}${String(piece)}`;
    const line = last.lastIndexOf("\n", last.length - 2) + 1;
    print(last.slice(0, line));
    last = last.slice(line);
  }
  const end = /^exit (\d+) ?(.*)\n$/.exec(last);
  if (end === null) throw new Problem("agentd.away", {});
  if (end[2]) print(`${end[2]}\n`);
  return Number(end[1]);
}
