/** Set-up as a list of steps with live state: what is done, what is under way, what a person has to do next. Pure. */
import type { WorkstationView, ResourceView } from "../workstations/present.ts";

export type StepState = "done" | "working" | "todo" | "blocked" | "failed";
export type StepId = "image" | "workstation" | "resources" | "device" | "task";

export interface SetupFacts {
  image: { state: "building" | "ready" | "failed"; step: string; progress: number; detail: string } | null;
  workstation: WorkstationView | null;
  /** What the policy lets this workstation use. */
  resources: ResourceView[];
  firstTask: string | null;
  /** A device of this person's that showed a test notification (or, without ringing, is looked at) and on which a passkey signed a test. */
  device: { name: string; rings: boolean } | null;
  /** The gate has a name that leads there from other devices than this one. */
  phoneCanReach: boolean;
  rehearsalOffered: boolean;
}

export interface SetupView extends SetupFacts {
  states: Record<StepId, StepState>;
  /** The step that is open: the first one that a person can do something about. */
  current: StepId | null;
  /** Every step is done. */
  finished: boolean;
  model: ResourceView | null;
  repository: ResourceView | null;
  rehearsal: boolean;
}

const ORDER: readonly StepId[] = ["image", "workstation", "resources", "device", "task"];

export function setupView(facts: SetupFacts): SetupView {
  const model =
    facts.resources.find((resource) => resource.kind === "model" && resource.credential === true) ?? null;
  const repository = facts.resources.find((resource) => resource.kind === "git") ?? null;
  const states: Record<StepId, StepState> = {
    image: imageState(facts),
    workstation: workstationState(facts.workstation),
    resources: facts.workstation === null ? "blocked" : model && repository ? "done" : "todo",
    device: facts.device === null ? "todo" : "done",
    task: facts.firstTask !== null ? "done" : facts.workstation && model ? "todo" : "blocked",
  };
  const waits = ORDER.find((step) => states[step] === "todo" || states[step] === "failed");
  return {
    ...facts,
    states,
    current: waits ?? null,
    finished: ORDER.every((step) => states[step] === "done"),
    model,
    repository,
    rehearsal: [model, repository].some((resource) => resource?.rehearsal === true),
  };
}

/** A workstation that runs proves that there is an image, whatever the list of images says. */
function imageState(facts: SetupFacts): StepState {
  if (facts.image?.state === "ready" || facts.workstation?.state === "ready") return "done";
  return facts.image?.state === "failed" ? "failed" : "working";
}

function workstationState(workstation: WorkstationView | null): StepState {
  if (!workstation) return "todo";
  if (workstation.state === "ready") return "done";
  return workstation.state === "failed" ? "failed" : "working";
}
