/** A prompt that lies in a file on the workstation: read when its turn begins, as the agent's own user, so that it is what the agent itself could read. */
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import { type AgentUser, startAsAgent, whenEnded } from "../runs/processes.ts";
import { keepEnd } from "./keep-end.ts";
import { whereIs } from "./where.ts";

/** Reads the file below `folder`. Problem `prompt-file.unreadable` with the reason. */
export async function readPromptFile(folder: string, file: string, user: AgentUser): Promise<string> {
  // One byte more than allowed tells a file that is too long.
  const child = startAsAgent(
    "/usr/bin/head",
    ["-c", String(LIMITS.promptFileBytesMax + 1), "--", whereIs(file, folder, user.home)],
    { user, cwd: "/", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const pieces: Buffer[] = [];
  const words = keepEnd(LIMITS.lastWordsCharactersMax);
  child.stdout?.on("data", (piece: Buffer) => pieces.push(piece));
  child.stderr?.on("data", (piece: Buffer) => words.add(piece));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const { status, error } = await whenEnded(child);
  if (error === null) await closed;
  const text = Buffer.concat(pieces);
  const refuse = (why: string): Problem => new Problem("prompt-file.unreadable", { file, why });
  if (status !== 0)
    throw refuse(error?.message ?? (words.text().trim().split(": ").at(-1) || "it cannot be read"));
  if (text.length > LIMITS.promptFileBytesMax)
    throw refuse(`it has more than ${LIMITS.promptFileBytesMax} bytes`);
  if (text.toString("utf8").trim() === "") throw refuse("it is empty");
  return text.toString("utf8");
}
