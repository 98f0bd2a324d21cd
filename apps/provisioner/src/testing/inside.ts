import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
/** Runs commands in a workstation the way a test needs it: through the engine, as root or as the agent, with output and status. */
import type Docker from "dockerode";

export interface Outcome {
  status: number;
  output: string;
}

/** Runs `command` in `container` as `user` and waits for its end. */
export async function runInside(
  docker: Docker,
  container: string,
  command: string[],
  user = "0:0",
): Promise<Outcome> {
  const exec = await docker.getContainer(container).exec({
    Cmd: command,
    User: user,
    AttachStdout: true,
    AttachStderr: true,
    Env: [`HOME=${user === "0:0" ? "/root" : "/home/agent"}`],
  });
  const stream = await exec.start({ Detach: false, Tty: false });
  const both = new PassThrough();
  docker.modem.demuxStream(stream, both, both);
  stream.once("end", () => both.end());
  const output = await text(both);
  const { ExitCode } = await exec.inspect();
  return { status: ExitCode ?? -1, output };
}
