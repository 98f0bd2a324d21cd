/** The provisioner's settings. Read once, by main.ts and by the entry points in cli/. */
import { isAbsolute } from "node:path";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";

const absolute = z.string().refine(isAbsolute, "must be an absolute path");

const engineSettings = z.object({
  NIGHTGATE_HOME: absolute.describe("The installation's folder: data, sockets, engine"),
  NIGHTGATE_DOCKER_SOCKET: absolute.optional().describe("Use this Docker engine instead of one of our own"),
  NIGHTGATE_ENGINE_FOR: z
    .string()
    .regex(/^[1-9]\d*:[1-9]\d*$/, "must be UID:GID")
    .optional()
    .describe("The user that alone may use the engine, where it is not the one that starts it"),
});

export interface EngineConfig {
  home: string;
  givenSocket: string | null;
  /** Whom the engine's process opens the engine to: the provisioner's user. Null where that is its own. */
  engineFor: { uid: number; gid: number } | null;
}

/** What the engine and the image builder need to know. */
export function readEngineConfig(raw: NodeJS.ProcessEnv): EngineConfig {
  const settings = readSettings(engineSettings, raw);
  const [uid, gid] = (settings.NIGHTGATE_ENGINE_FOR ?? "").split(":").map(Number);
  return {
    home: settings.NIGHTGATE_HOME,
    givenSocket: settings.NIGHTGATE_DOCKER_SOCKET ?? null,
    engineFor: uid && gid ? { uid, gid } : null,
  };
}

const provisionerSettings = engineSettings.extend({
  DATABASE_URL: z
    .string()
    .startsWith("postgres", "must be a postgres:// URL")
    .describe("The database, as the role nightgate_provisioner"),
  NIGHTGATE_TEST: z
    .enum(["0", "1"])
    .optional()
    .describe("1 in tests only: the file provisioner/fault-once may kill the process at a named place"),
});

export interface ProvisionerConfig extends Omit<EngineConfig, "engineFor"> {
  databaseUrl: string;
  isTest: boolean;
}

/** What the provisioner itself needs to know. */
export function readProvisionerConfig(raw: NodeJS.ProcessEnv): ProvisionerConfig {
  const settings = readSettings(provisionerSettings, raw);
  return {
    home: settings.NIGHTGATE_HOME,
    givenSocket: settings.NIGHTGATE_DOCKER_SOCKET ?? null,
    databaseUrl: settings.DATABASE_URL,
    isTest: settings.NIGHTGATE_TEST === "1",
  };
}
