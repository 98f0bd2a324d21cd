// vitest's global set-up of the worlds that need a container engine: `inject("engine")` gives a test its socket, the
// reference of the workstation image that is on it, and the home that it belongs to.
import type { TestProject } from "vitest/node";
import { startTestEngine } from "./test-engine.mjs";

declare module "vitest" {
  interface ProvidedContext {
    engine: { home: string; socket: string; image: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { home, socket, image, stop } = await startTestEngine(process.execPath);
  project.provide("engine", { home, socket, image });
  return stop;
}
