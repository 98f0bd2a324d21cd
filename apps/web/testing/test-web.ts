/** Web over a real database for tests: the settings point at a clone, and a cookie jar stands in for the browser's. */
import { cloneDatabase, type TestDatabase, type TestServer } from "@nightgate/db/testing";

export interface TestWeb {
  database: TestDatabase;
  /** The cookies that the next request carries; what a route sets is kept here. */
  jar: Map<string, string>;
  close(): Promise<void>;
}

/** What `vi.mock("next/headers")` is to return: the parts of it that web uses, over `jar`. */
export function headersModule(jar: Map<string, string>): {
  cookies: () => Promise<unknown>;
  headers: () => Promise<Headers>;
} {
  const cookies = {
    get: (name: string) => (jar.has(name) ? { name, value: jar.get(name) } : undefined),
    set: (name: string, value: string) => (value === "" ? jar.delete(name) : jar.set(name, value)),
  };
  return {
    cookies: async () => await Promise.resolve(cookies),
    headers: async () => await Promise.resolve(new Headers()),
  };
}

/** Clones a database and points the settings at it. Call before anything reads them. */
export async function openTestWeb(
  server: Pick<TestServer, "superuserUrl" | "passwordsFile">,
  jar: Map<string, string>,
): Promise<TestWeb> {
  const database = await cloneDatabase(server);
  Object.assign(process.env, {
    NIGHTGATE_WEB_ORIGIN: "http://web.localhost:4600",
    NIGHTGATE_GATE_ORIGIN: "http://gate.localhost:4601",
    NIGHTGATE_GATE_PORT: "4601",
    DATABASE_URL: database.urls.web,
  });
  return {
    database,
    jar,
    close: async () => {
      const { closeDatabase } = await import("../server/database.ts");
      const { stopLive } = await import("../server/live.ts");
      await stopLive();
      await closeDatabase();
      await database.drop();
    },
  };
}
