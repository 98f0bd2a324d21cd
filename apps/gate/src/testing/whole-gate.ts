/** The gate as the launcher runs it: main.ts in a process of its own, asked over HTTP as its pages do, with a workstation's socket and a real upstream. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cloneDatabase, type TestDatabase } from "@nightgate/db/testing";
import { systemClock } from "@nightgate/shared/clock";
import type { ForgeApi, GitResource } from "@nightgate/shared/policy";
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
} from "@nightgate/testkit/software-authenticator";
import pg from "pg";
import type { FaultPoint } from "../core/store-ports.ts";
import { createEnrolmentCode } from "../passkeys/enrolment-code.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface WholeGate {
  home: string;
  database: TestDatabase;
  authenticator: SoftwareAuthenticator;
  /** Starts main.ts and resolves when it is ready. */
  start(fault?: FaultPoint): Promise<void>;
  /** Resolves with the signal or status with which the process ended. */
  ended(): Promise<NodeJS.Signals | number | null>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Asks as the gate's own pages, with the session's cookie. Throws what is no success. */
  ask<Answer>(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer>;
  decide(hold: string, verdict: "approve" | "reject", words?: string): Promise<void>;
  /** SQL as web. */
  asWeb(organization: string, sql: string, ...values: unknown[]): Promise<void>;
  printed(): string;
  close(): Promise<void>;
}

export async function openWholeGate(server: Parameters<typeof cloneDatabase>[0]): Promise<WholeGate> {
  const [database, port, home] = [await cloneDatabase(server), await freePort(), mkdtempSync("/tmp/ngw-")];
  const origin = `http://gate.localhost:${port}`;
  const authenticator = createSoftwareAuthenticator({ origin, rpId: "gate.localhost" });
  let [child, cookie, printed]: [ChildProcess | null, string, string] = [null, "", ""];
  let end: Promise<NodeJS.Signals | number | null> = Promise.resolve(null);
  const gate: WholeGate = {
    home,
    database,
    authenticator,
    printed: () => printed,
    start: async (fault) => {
      const env = {
        PATH: process.env["PATH"],
        NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
        NIGHTGATE_HOME: home,
        DATABASE_URL: database.urls.gate,
        NIGHTGATE_GATE_ORIGIN: origin,
        NIGHTGATE_WEB_ORIGIN: "http://web.localhost:4600",
        NIGHTGATE_GATE_PORT: String(port),
        NIGHTGATE_TEST: "1",
        NIGHTGATE_CLIENT_WAIT_MS: "0",
        ...(fault ? { NIGHTGATE_FAULT: fault } : {}),
      };
      const started = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
      child = started;
      end = new Promise((resolve) => started.once("close", (status, signal) => resolve(signal ?? status)));
      const ready = new Promise<void>((resolve) =>
        started.stdout.on("data", (text: Buffer) => text.toString().includes("ready") && resolve()),
      );
      started.stderr.on("data", (text: Buffer) => (printed += text.toString()));
      await Promise.race([
        ready,
        end.then(() => Promise.reject(new Error(`The gate did not start\n${printed}`))),
      ]);
    },
    ended: async () => await end,
    stop: async (signal = "SIGTERM") => {
      child?.kill(signal);
      await end;
    },
    ask: async <Answer>(method: "GET" | "POST", path: string, body?: unknown) => {
      const answer = await askOnce({ port, origin, method, path, body, cookie });
      cookie = answer.cookie ?? cookie;
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return JSON.parse(answer.text) as Answer;
    },
    decide: async (hold, verdict, words = "") => {
      const options = await gate.ask("POST", `/api/holds/${hold}/decision/begin`, {
        verdict,
        words,
        ticked: [],
      });
      await gate.ask("POST", `/api/holds/${hold}/decision/finish`, { answer: authenticator.get(options) });
    },
    asWeb: async (organization, sql, ...values) => await asWeb(database.urls.web, organization, sql, values),
    close: async () => {
      await gate.stop("SIGKILL");
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return gate;
}

/** Enrols a founder over HTTP and signs the founding. Returns the organization. */
export async function foundOverHttp(gate: WholeGate): Promise<string> {
  const code = createEnrolmentCode(join(gate.home, "gate"), systemClock).renew();
  const options = await gate.ask("POST", "/api/enrol/begin", {
    code,
    personName: "Ada",
    organizationName: "Acme",
  });
  const { organization, hold } = await gate.ask<{ organization: string; hold: string }>(
    "POST",
    "/api/enrol/finish",
    { answer: gate.authenticator.create(options) },
  );
  await gate.decide(hold, "approve");
  await untilState(gate, hold, "released");
  return organization;
}

/** A workstation, and the repository that its pushes go to: asked for by web and by the founder, and signed. */
export async function guardRepository(
  gate: WholeGate,
  organization: string,
  guarded: { workstation: string; resource: string; url: string; credential: string; forge?: ForgeApi },
): Promise<void> {
  const { workstation, resource, url, credential, forge } = guarded;
  const asWeb = async (sql: string, ...values: unknown[]): Promise<void> =>
    await gate.asWeb(organization, sql, ...values);
  await asWeb("INSERT INTO control.organizations (organization_id, name) VALUES ($1, 'Acme')", organization);
  await asWeb("INSERT INTO control.organization_directory (id) VALUES ($1)", organization);
  await asWeb(
    "INSERT INTO control.workstations (organization_id, id, name, created_by) VALUES ($1, $2, 'atlas', 'per_x')",
    organization,
    workstation,
  );
  const put: GitResource = {
    kind: "git",
    id: resource,
    name: "acme/shop",
    url,
    workstations: "*",
    push: "hold",
    whenHeld: "accept",
    rehearsal: false,
    ...(forge && { forge }),
  };
  const { hold } = await gate.ask<{ hold: string }>("POST", "/api/policy/propose", {
    put: [{ resource: put, secret: credential }],
    remove: [],
  });
  await gate.decide(hold, "approve");
  await untilState(gate, hold, "released");
}

export async function untilState(gate: WholeGate, hold: string, state: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const seen = await stateOf(gate, hold);
    if (seen === state) return;
    await systemClock.wait(50);
  }
  throw new Error(`${hold} is ${await stateOf(gate, hold)}, not ${state}\n${gate.printed()}`);
}

async function stateOf(gate: WholeGate, hold: string): Promise<string> {
  const client = new pg.Client({ connectionString: gate.database.urls.superuser });
  await client.connect();
  try {
    const { rows } = await client.query<{ state: string }>("SELECT state FROM gate.holds WHERE id = $1", [
      hold,
    ]);
    return rows[0]?.state ?? "absent";
  } finally {
    await client.end();
  }
}

interface Ask {
  port: number;
  origin: string;
  method: string;
  path: string;
  body: unknown;
  cookie: string;
}

async function askOnce({
  port,
  origin,
  method,
  path,
  body,
  cookie,
}: Ask): Promise<{ status: number; text: string; cookie: string | null }> {
  const headers = {
    host: new URL(origin).host,
    origin,
    "sec-fetch-site": "same-origin",
    "content-type": "application/json",
    ...(cookie ? { cookie } : {}),
  };
  return await new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          text,
          cookie: response.headers["set-cookie"]?.[0]?.split(";")[0] ?? null,
        }),
      );
    });
    asked.once("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function asWeb(url: string, organization: string, sql: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SELECT set_config('nightgate.organization_id', $1, false)", [organization]);
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address ? address.port : 0;
}
