/** Keeps the workstation image present: builds it at the start and when somebody removed it, says how far it is, and tries again after a failure. */
import type { Clock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { BuildProgress, ReportProgress } from "./progress.ts";

export interface ImageKeeper {
  current: () => { reference: string } | { missing: string };
  /** Builds what is missing, and looks after it until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ImageKeeperPorts {
  /** Whether the engine still has an image. */
  has: (reference: string) => Promise<boolean>;
  build: (report: ReportProgress, signal: AbortSignal) => Promise<string>;
  tell: (progress: BuildProgress) => Promise<void>;
  clock: Clock;
  log: { info: (fields: object, message: string) => void; error: (fields: object, message: string) => void };
  /** Called when the image is there. */
  onReady: () => void;
}

const READY: BuildProgress = {
  state: "ready",
  step: "The workstation image is ready",
  percent: 100,
  detail: "",
};

/** A keeper that has built nothing yet. */
export function createImageKeeper(ports: ImageKeeperPorts): ImageKeeper {
  let current: ReturnType<ImageKeeper["current"]> = {
    missing: "Waiting for the workstation image, which is being built.",
  };
  const attempt = async (signal: AbortSignal): Promise<void> => {
    const telling = tellSparingly(ports);
    try {
      const reference = await ports.build(telling.report, signal);
      await telling.close(READY);
      current = { reference };
      ports.log.info({ reference }, "the workstation image is ready");
      ports.onReady();
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Problem ? error.message : String(error);
      ports.log.error({ error }, "the workstation image could not be built");
      current = { missing: `${why} It is tried again every ${LIMITS.imageRetryMs / 1000} s.` };
      await telling.close({
        state: "failed",
        step: "The workstation image could not be built",
        percent: 0,
        detail: `${why} It is tried again.`,
      });
    }
  };
  return {
    current: () => current,
    run: async (signal) => {
      while (!signal.aborted) {
        if ("missing" in current || (await isGone(current.reference, ports))) await attempt(signal);
        const pauseMs = "missing" in current ? LIMITS.imageRetryMs : LIMITS.imageCheckMs;
        // Told to stop while waiting: the loop's condition sees it.
        await ports.clock.wait(pauseMs, signal).catch((stopped: unknown) => stopped);
      }
    },
  };
}

/** On a shared engine another installation, or a person, may have removed it. An engine that does not answer has removed nothing. */
async function isGone(reference: string, { has, log }: ImageKeeperPorts): Promise<boolean> {
  try {
    return !(await has(reference));
  } catch (error) {
    log.error({ error }, "the engine did not say whether it has the image");
    return false;
  }
}

/** Output comes in hundreds of lines; the database gets the latest a few times a second, in order, and the last one for certain. */
function tellSparingly({ tell, clock, log }: ImageKeeperPorts): {
  report: ReportProgress;
  close: (last: BuildProgress) => Promise<void>;
} {
  let latest: BuildProgress | null = null;
  let writing: Promise<void> | null = null;
  const write = async (): Promise<void> => {
    while (latest !== null) {
      const next = latest;
      latest = null;
      // Progress that is not shown harms nobody; the last word is awaited by close().
      await tell(next).catch((error: unknown) => log.error({ error }, "progress was not written"));
      await clock.wait(LIMITS.progressWriteMs);
    }
    writing = null;
  };
  return {
    report: (progress) => {
      latest = progress;
      writing ??= write();
    },
    close: async (last) => {
      latest = null;
      await writing;
      await tell(last);
    },
  };
}
