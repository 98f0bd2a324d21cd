/** What a workstation's state means to a person: one table for every page. */
import type { Tone } from "./task-states.ts";

export const WORKSTATION_STATES = {
  waiting: {
    label: "Waiting",
    tone: "neutral",
    live: true,
    means: "It is made as soon as the image is ready.",
  },
  creating: { label: "Being created", tone: "accent", live: true, means: "The container is being made." },
  starting: {
    label: "Starting",
    tone: "accent",
    live: true,
    means: "The container runs; its supervisor has not called home yet.",
  },
  ready: { label: "Ready", tone: "good", live: false, means: "Connected: tasks start at once." },
  stopping: {
    label: "Stopping",
    tone: "neutral",
    live: true,
    means: "What runs in it is being stopped. Its files stay.",
  },
  stopped: {
    label: "Stopped",
    tone: "neutral",
    live: false,
    means: "Its files are kept. Tasks wait until it is started.",
  },
  failed: { label: "Failed", tone: "bad", live: false, means: "It could not be made or started." },
  removing: {
    label: "Being removed",
    tone: "neutral",
    live: true,
    means: "The container and its files are being deleted.",
  },
  removed: { label: "Removed", tone: "neutral", live: false, means: "It is gone, with its files." },
} as const satisfies Record<string, { label: string; tone: Tone; live: boolean; means: string }>;
