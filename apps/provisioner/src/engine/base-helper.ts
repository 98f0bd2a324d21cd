/**
 * The one step of the image that only root can do: laying out a Debian with mmdebstrap, which changes roots and mounts.
 * The engine's process does it when the provisioner asks, over a socket that only that user can open. The asker says
 * nothing, so there is nothing to get wrong: what is made follows from this program's own recipe.
 *
 * Spoken in lines: "- TEXT" is progress, then "done" or "failed TEXT" ends it. Hanging up stops the work.
 */
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Problem } from "@nightgate/shared/problems";
import type { BaseOptions, debootstrap } from "../image/base.ts";
import { listenFor, type Owner } from "./relay.ts";

export interface BaseHelperOptions {
  path: string;
  owner: Owner;
  /** Where the file system is laid out. Root's own. */
  scratch: string;
  /** Makes the base in `workFolder`; `signal` stops it. */
  make: (work: Pick<BaseOptions, "workFolder" | "signal" | "onLine">) => Promise<void>;
}

/** Serves until `close`; what is under way then is stopped. */
export async function serveBaseHelper(options: BaseHelperOptions): Promise<{ close: () => Promise<void> }> {
  const open = new Set<Socket>();
  let last: Promise<void> = Promise.resolve();
  const server = createServer((asker) => {
    open.add(asker);
    const gone = new AbortController();
    // The close that follows an error is what counts.
    asker.on("error", () => gone.abort());
    asker.once("close", () => {
      open.delete(asker);
      gone.abort();
    });
    asker.resume();
    // One at a time: a provisioner that was killed may ask again while its last wish is being stopped.
    last = last.then(async () => await answer(asker, gone.signal, options));
  });
  await listenFor(server, options.path, options.owner);
  return {
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const asker of open) asker.destroy();
      await closed;
      await last;
    },
  };
}

async function answer(
  asker: Socket,
  signal: AbortSignal,
  { scratch, make }: BaseHelperOptions,
): Promise<void> {
  if (signal.aborted) return;
  const tell = (line: string): void =>
    void (asker.writable && asker.write(`${line.replaceAll("\n", " ")}\n`));
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const workFolder = mkdtempSync(join(scratch, "base-"));
  try {
    await make({ workFolder, signal, onLine: (line) => tell(`- ${line}`) });
    tell("done");
  } catch (error) {
    tell(
      `failed ${error instanceof Problem ? String("why" in error.details ? error.details.why : error.message) : String(error)}`,
    );
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
    asker.end();
  }
}

/** Has the base made by the helper at `path`: takes the place of `debootstrap` where this process is not root. */
export function debootstrapBy(path: string): typeof debootstrap {
  return async (_reference, { signal, onLine }) => {
    const helper = createConnection({ path, signal });
    const step = "Making the base system";
    let broken = "its connection ended";
    helper.on("error", (error) => (broken = error.message));
    try {
      for await (const line of createInterface({ input: helper })) {
        if (line === "done") return;
        if (line.startsWith("failed "))
          throw new Problem("image.failed", { step, why: line.slice("failed ".length) });
        onLine(line.slice(2));
      }
    } finally {
      helper.destroy();
    }
    throw new Problem("image.failed", { step, why: `the engine's process does not help (${broken})` });
  };
}
