/** The port that builds images, on a Docker engine. */
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { Problem } from "@nightgate/shared/problems";
import type Docker from "dockerode";
import type { ImageEngine } from "../../image/image-engine.ts";

/** Images on the engine behind `docker`. */
export function dockerImageEngine(docker: Docker): ImageEngine {
  return {
    has: async (reference) => await exists(docker, reference),
    pull: async (reference, ms) => {
      const abortSignal = AbortSignal.timeout(ms);
      await followed(docker, await docker.pull(reference, { abortSignal }), `Pulling ${reference}`);
    },
    importRootfs: async (tar) => {
      const answer = await docker.importImage(tar, {});
      const lines = await followed(docker, answer, "Importing the base system");
      const id = lines.map((line) => line.status ?? "").findLast((status) => status.startsWith("sha256:"));
      if (id === undefined)
        throw new Problem("image.failed", {
          step: "Importing the base system",
          why: "the engine gave no image id",
        });
      return id;
    },
    tag: async (id, reference) => {
      await docker.getImage(id).tag(split(reference));
    },
    build: async (context, { reference, buildArgs, labels }) => {
      const answer = await docker.buildImage(context, {
        t: reference,
        buildargs: buildArgs,
        labels,
        networkmode: "none",
        rm: true,
        forcerm: true,
      });
      await followed(docker, answer, `Building ${reference}`);
    },
    runAndCommit: async (options) => await runAndCommit(docker, options),
    removeOld: async (repository, keep) => await removeOld(docker, repository, keep),
  };
}

async function exists(docker: Docker, reference: string): Promise<boolean> {
  const found = await docker.listImages({ filters: JSON.stringify({ reference: [reference] }) });
  return found.length > 0;
}

interface EngineLine {
  status?: string;
  error?: string;
  stream?: string;
}

/** Reads the engine's answer to its end. Errors arrive in it as lines, with HTTP status 200 above them. */
async function followed(docker: Docker, answer: NodeJS.ReadableStream, step: string): Promise<EngineLine[]> {
  return await new Promise((resolve, reject) => {
    docker.modem.followProgress(answer, (error: Error | null, lines: EngineLine[]) => {
      const failed = lines.find((line) => line.error !== undefined)?.error ?? error?.message;
      if (failed === undefined) resolve(lines);
      else reject(new Problem("image.failed", { step, why: failed }));
    });
  });
}

async function runAndCommit(
  docker: Docker,
  { from, script, to, onLine, ms }: Parameters<ImageEngine["runAndCommit"]>[0],
): Promise<void> {
  const container = await docker.createContainer({
    Image: from,
    Cmd: ["/bin/sh", "-c", script],
    // Inside of the engine's user namespace there is no host's network; this container has only our own script in it.
    HostConfig: { NetworkMode: "host", UsernsMode: "host" },
    Labels: { "nightgate.build": to },
  });
  try {
    const output = new PassThrough();
    let tail = "";
    createInterface({ input: output }).on("line", (line) => {
      tail = `${tail} | ${line}`.slice(-1000);
      onLine(line);
    });
    const attached = await container.attach({ stream: true, stdout: true, stderr: true });
    docker.modem.demuxStream(attached, output, output);
    await container.start();
    const ended = (await container.wait({ abortSignal: AbortSignal.timeout(ms) })) as { StatusCode: number };
    if (ended.StatusCode !== 0)
      throw new Problem("image.failed", {
        step: "Installing packages",
        why: `status ${ended.StatusCode}.${tail}`,
      });
    await container.commit({ ...split(to), changes: 'CMD ["bash"]' });
  } finally {
    await container.remove({ force: true });
  }
}

async function removeOld(docker: Docker, repository: string, keep: number): Promise<void> {
  const images = await docker.listImages({ filters: JSON.stringify({ reference: [repository] }) });
  const tags = images
    .toSorted((one, other) => other.Created - one.Created)
    .flatMap((image) => image.RepoTags ?? [])
    .filter((tag) => tag.startsWith(`${repository}:`));
  // An image that a stopped workstation still uses refuses to go: it goes at a later build.
  const removals = tags.slice(keep).map(async (tag) => {
    await docker.getImage(tag).remove();
  });
  await Promise.allSettled(removals);
}

function split(reference: string): { repo: string; tag: string } {
  const at = reference.lastIndexOf(":");
  return { repo: reference.slice(0, at), tag: reference.slice(at + 1) };
}
