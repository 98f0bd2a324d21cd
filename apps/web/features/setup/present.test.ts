import { describe, expect, test } from "vitest";
import type { ResourceView, WorkstationView } from "../workstations/present.ts";
import { type SetupFacts, setupView } from "./present.ts";

const NOTHING: SetupFacts = {
  image: null,
  workstation: null,
  resources: [],
  firstTask: null,
  device: null,
  phoneCanReach: true,
  rehearsalOffered: true,
};
const ATLAS: WorkstationView = {
  id: "ws_1",
  name: "atlas",
  wanted: "running",
  state: "ready",
  detail: "",
  agents: ["claude"],
  cpus: 2,
  memoryBytes: 4,
  pids: 1,
  startedAt: 0,
  createdAt: 0,
};
const MODEL: ResourceView = {
  id: "res_1",
  kind: "model",
  name: "Anthropic",
  target: "",
  credential: true,
  everywhere: true,
  rehearsal: false,
  push: null,
  api: "anthropic",
};
const REPOSITORY: ResourceView = {
  id: "res_2",
  kind: "git",
  name: "acme/shop",
  target: "",
  credential: true,
  everywhere: true,
  rehearsal: true,
  push: "hold",
  api: null,
};

const DEVICE = { name: "iPhone, Safari", rings: true };

describe("set-up", () => {
  test("asks for a workstation while the image is being built", () => {
    const view = setupView({ ...NOTHING, image: { state: "building", step: "", progress: 10, detail: "" } });
    expect(view.states).toEqual({
      image: "working",
      workstation: "todo",
      resources: "blocked",
      device: "todo",
      task: "blocked",
    });
    expect(view.current).toBe("workstation");
  });

  test("goes on to the key while the workstation starts", () => {
    const view = setupView({ ...NOTHING, workstation: { ...ATLAS, state: "creating" } });
    expect(view.states.workstation).toBe("working");
    expect(view.current).toBe("resources");
  });

  test("does not count a model without a key", () => {
    const view = setupView({
      ...NOTHING,
      workstation: ATLAS,
      resources: [{ ...MODEL, credential: false }, REPOSITORY],
    });
    expect(view.states.resources).toBe("todo");
    expect(view.states.task).toBe("blocked");
  });

  test("ends with the first task, and says that a rehearsal is one", () => {
    const view = setupView({
      ...NOTHING,
      workstation: ATLAS,
      resources: [MODEL, REPOSITORY],
      device: DEVICE,
    });
    expect(view.current).toBe("task");
    expect(view.rehearsal).toBe(true);
    expect(setupView({ ...view, firstTask: "job_1" }).current).toBeNull();
  });

  test("is not finished before a device has rung and signed, though tasks can be queued", () => {
    const view = setupView({ ...NOTHING, workstation: ATLAS, resources: [MODEL, REPOSITORY] });
    expect(view.current).toBe("device");
    expect(view.states.task).toBe("todo");
    expect(setupView({ ...view, firstTask: "job_1" }).finished).toBe(false);
    expect(setupView({ ...view, firstTask: "job_1", device: DEVICE }).finished).toBe(true);
  });

  test("stops at an image that could not be built", () => {
    expect(
      setupView({ ...NOTHING, image: { state: "failed", step: "", progress: 0, detail: "no disk" } }).current,
    ).toBe("image");
  });
});
