/** vitest's global set-up of the `pg` world: one server with a migrated template. A test gets a database of its own by `cloneDatabase(inject("postgres"))`. */
import type { TestProject } from "vitest/node";
import { startTestServer, type TestServer } from "./testing.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgres: Pick<TestServer, "superuserUrl" | "passwordsFile">;
  }
}

/** Starts the server; what it returns stops it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer();
  project.provide("postgres", { superuserUrl: server.superuserUrl, passwordsFile: server.passwordsFile });
  return async () => await server.stop();
}
