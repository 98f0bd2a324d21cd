/** A look into a product's workstation through the container engine, as nobody in the product can: for attacks from inside and for searches that must find nothing. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

const DOCKER = "/usr/bin/docker";
const EXEC_MS_MAX = 60_000;

export interface Inside {
  container: string;
  /** Runs a shell script in the workstation and answers what it printed and how it ended. */
  run(script: string, user?: "root" | "agent"): { status: number; output: string };
  /** As `run`, as the agent, while the caller goes on; answers what was printed. */
  start(script: string): Promise<string>;
  /** Which of `needles` occur in any file, in any process's environment or in any argument. Base64 and URL forms are looked for too. */
  find(needles: readonly string[]): Promise<string[]>;
}

/** The container of a workstation, by the label that the provisioner gives it. */
export function lookInside(dockerSocket: string, workstation: string): Inside {
  const host = ["-H", `unix://${dockerSocket}`];
  const docker = (...args: string[]): string =>
    execFileSync(DOCKER, [...host, ...args], { encoding: "utf8", timeout: EXEC_MS_MAX }).trim();
  const container = docker(
    "ps",
    "-q",
    "--no-trunc",
    "--filter",
    `label=nightgate.workstation=${workstation}`,
  );
  if (!container) throw new Error(`No container of ${workstation} runs`);
  return {
    container,
    run: (script, user = "root") => {
      try {
        const id = user === "root" ? "0" : "1000";
        return {
          status: 0,
          output: docker("exec", "-u", id, "-e", "HOME=/home/agent", container, "bash", "-lc", script),
        };
      } catch (error) {
        return failed(error);
      }
    },
    start: async (script) => {
      const who = ["-u", "1000", "-e", "HOME=/home/agent"];
      const child = spawn(DOCKER, [...host, "exec", ...who, container, "bash", "-lc", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) said += chunk.toString("utf8");
      return said;
    },
    find: async (needles) =>
      await find([...host, "exec", "-u", "0", container, "bash", "-c", LOOK_EVERYWHERE], needles),
  };
}

/** Every file of the workstation, its home included, then what its processes were told. */
const LOOK_EVERYWHERE =
  "tar -cf - --exclude=./proc --exclude=./sys --exclude=./dev -C / . 2>/dev/null; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; true";

function failed(error: unknown): { status: number; output: string } {
  const { status, stdout, stderr } = error as { status?: number; stdout?: string; stderr?: string };
  return { status: status ?? -1, output: `${stdout ?? ""}${stderr ?? ""}`.trim() };
}

/** The forms in which a secret may lie around. Base64 is looked for at each of its three alignments. */
export function formsOf(secret: string): string[] {
  const aligned = [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift, 0x41), Buffer.from(secret)]).toString("base64");
    return shifted
      .slice(shift === 0 ? 0 : 4)
      .replace(/=+$/, "")
      .slice(0, -2);
  });
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString("hex"), ...aligned];
}

async function find(args: string[], needles: readonly string[]): Promise<string[]> {
  const wanted = needles.flatMap((needle) =>
    formsOf(needle).map((form) => ({ needle, bytes: Buffer.from(form) })),
  );
  const longest = Math.max(...wanted.map(({ bytes }) => bytes.length));
  const child = spawn(DOCKER, args, { stdio: ["ignore", "pipe", "inherit"] });
  const found = new Set<string>();
  let tail = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const window = Buffer.concat([tail, chunk]);
    size += chunk.length;
    for (const { needle, bytes } of wanted) if (window.includes(bytes)) found.add(needle);
    tail = window.subarray(Math.max(0, window.length - longest));
  }
  if (child.exitCode === null) await once(child, "exit");
  if (size < 100 * 1024 * 1024)
    throw new Error(`Only ${size} bytes were searched: the look into the workstation failed`);
  return [...found];
}
