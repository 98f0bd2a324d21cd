/** Where the server is and who may make databases there: the embedded one of $NIGHTGATE_HOME, or the one of DATABASE_URL. For the entry points in this folder. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";

const settings = z.object({
  NIGHTGATE_HOME: z.string().min(1, "say where the data lives"),
  DATABASE_URL: z.url().optional(),
});

type Environment = Record<string, string | undefined>;

export function homeOf(env: Environment): string {
  return readSettings(settings, env).NIGHTGATE_HOME;
}

/** The URL of `database` on it, or of the server's own first database. */
export function superuserUrl(env: Environment, database?: string): string {
  const { NIGHTGATE_HOME: home, DATABASE_URL: given } = readSettings(settings, env);
  const kept = (name: string): string => readFileSync(join(home, "postgres", name), "utf8").trim();
  const url = new URL(
    given ?? `postgresql://postgres:${kept("superuser-password")}@127.0.0.1:${kept("port")}/postgres`,
  );
  if (database !== undefined) url.pathname = `/${database}`;
  return url.href;
}
