// The users of the host that the processes run as, one each, so that one that fell can read nothing of another.
// Only root can give a process away; started by anybody else, all of them run as that person.
import { runCommand } from "./run-command.mjs";
import { Refusal, say } from "./say.mjs";

/** The processes that have a user, and a folder in the home, of their own. */
export const SEPARATE = ["gate", "web", "runner", "provisioner", "postgres", "rehearsal"];

export const isRoot = () => process.getuid?.() === 0;
const nameOf = (process) => `nightgate-${process}`;

/**
 * Answers { uid, gid } by process, or null where this is not started by root. Users that are missing are made, after saying so.
 * @returns {Promise<Record<string, { uid: number, gid: number }> | null>}
 */
export async function bringUsers() {
  if (!isRoot()) return null;
  const missing = SEPARATE.filter(notIn(await lookUp()));
  if (missing.length > 0) say(`  Making users of this system: ${missing.map(nameOf).join(", ")}`);
  for (const process of missing) await makeUser(process);
  const users = await lookUp();
  const lacking = SEPARATE.filter(notIn(users));
  if (lacking.length > 0)
    throw new Refusal(`These users of the system could not be found: ${lacking.map(nameOf).join(", ")}.`);
  return users;
}

const notIn = (users) => (process) => users[process] === undefined;

/** As the system knows them, wherever it keeps its users. */
async function lookUp() {
  const { printed } = await runCommand("getent", ["passwd", ...SEPARATE.map(nameOf)], { timeoutMs: 30_000 });
  const lines = printed.split("\n").map((line) => line.split(":"));
  const users = {};
  for (const process of SEPARATE) {
    const line = lines.find(([name]) => name === nameOf(process));
    if (!line) continue;
    const [uid, gid] = [Number(line[2]), Number(line[3])];
    if (!(uid > 0 && gid > 0))
      throw new Refusal(
        `The user ${nameOf(process)} of this system has the id of root (${uid}:${gid}). Remove it and start again.`,
      );
    users[process] = { uid, gid };
  }
  return users;
}

/** Without a password, a shell, a home or any other group. */
async function makeUser(process) {
  const args = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"];
  const more = ["--shell", "/usr/sbin/nologin", "--comment", `Nightgate ${process}`, nameOf(process)];
  const { code, output } = await runCommand("useradd", [...args, ...more], { timeoutMs: 30_000 });
  // 9: it exists by now, since another start made it.
  if (code !== 0 && code !== 9)
    throw new Refusal(`The user ${nameOf(process)} could not be made with useradd:\n    ${output.trim()}`);
}
