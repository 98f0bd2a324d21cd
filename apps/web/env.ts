import { readSettings } from "@nightgate/shared/env";
/** The web app's settings: the only reader of process.env here. Web is told no secret but its own role's database URL. */
import { z } from "zod";

const settings = z.object({
  NIGHTGATE_WEB_ORIGIN: z.url().describe("Origin of this app, for example http://web.localhost:4600"),
  NIGHTGATE_GATE_ORIGIN: z.url().describe("Origin of the gate, for example http://gate.localhost:4601"),
  NIGHTGATE_GATE_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .describe("The gate's port on 127.0.0.1, for calls between the processes"),
  NIGHTGATE_WEB_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("This app's port on 127.0.0.1"),
  NIGHTGATE_TLS_CERT_FILE: z
    .string()
    .min(1)
    .optional()
    .describe("Where web ends TLS itself: certificate, PEM"),
  NIGHTGATE_TLS_KEY_FILE: z.string().min(1).optional().describe("The certificate's key, PEM"),
  NIGHTGATE_TLS_ADDRESS: z
    .string()
    .min(1)
    .optional()
    .describe("Address to listen on for TLS; all by default"),
  NIGHTGATE_TLS_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("Port to listen on for TLS, where another program hands the origin's port on to it"),
  NIGHTGATE_ACME_DIRECTORY: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe("Directory of the ACME authority that web gets its certificate from by itself"),
  NIGHTGATE_ACME_EMAIL: z.string().min(3).optional().describe("Where that authority writes"),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "is not a postgresql:// URL")
    .describe("The database, as the role nightgate_web"),
  NIGHTGATE_REHEARSAL_URL: z
    .url()
    .optional()
    .describe("The rehearsal; where it is set, set-up offers to try without a key"),
});

export interface TlsConfig {
  certificate: string;
  key: string;
  address: string | null;
  /** Listened on instead of the origin's port. */
  port: number | null;
  plainPort: number;
  /** Where the files come from by themselves; null where somebody else puts them there. */
  acme: { directory: string; email: string | null } | null;
}

export interface WebConfig {
  webOrigin: string;
  webHost: string;
  gateOrigin: string;
  gateHost: string;
  gatePort: number;
  databaseUrl: string;
  rehearsal: boolean;
  /** Cookies are marked Secure, and HSTS is sent, when people come by https. */
  https: boolean;
  /** Set where this process ends TLS itself, for `plainPort` of its own. */
  tls: TlsConfig | null;
}

let config: WebConfig | undefined;

/** The settings, read at the first call and never while the app is being built. Ends the process when they are not usable. */
export function webConfig(): WebConfig {
  config ??= readWebConfig(process.env);
  return config;
}

/** Parses raw settings; on failure says everything that is wrong with them and ends the process. */
export function readWebConfig(raw: Record<string, string | undefined>): WebConfig {
  const read = readSettings(settings, raw);
  const web = new URL(read.NIGHTGATE_WEB_ORIGIN);
  const gate = new URL(read.NIGHTGATE_GATE_ORIGIN);
  return {
    webOrigin: web.origin,
    webHost: web.host,
    gateOrigin: gate.origin,
    gateHost: gate.host,
    gatePort: read.NIGHTGATE_GATE_PORT,
    databaseUrl: read.DATABASE_URL,
    rehearsal: read.NIGHTGATE_REHEARSAL_URL !== undefined,
    https: web.protocol === "https:",
    tls: tlsOf(read),
  };
}

function tlsOf(read: z.infer<typeof settings>): WebConfig["tls"] {
  const { NIGHTGATE_TLS_CERT_FILE: certificate, NIGHTGATE_TLS_KEY_FILE: key } = read;
  const plainPort = read.NIGHTGATE_WEB_PORT;
  if (certificate === undefined || key === undefined || plainPort === undefined) return null;
  const directory = read.NIGHTGATE_ACME_DIRECTORY;
  return {
    certificate,
    key,
    address: read.NIGHTGATE_TLS_ADDRESS ?? null,
    port: read.NIGHTGATE_TLS_PORT ?? null,
    plainPort,
    acme: directory === undefined ? null : { directory, email: read.NIGHTGATE_ACME_EMAIL ?? null },
  };
}

/** True under `next dev` only: the development server needs eval and inline styles, production has neither. */
export function isDevelopment(): boolean {
  return process.env.NODE_ENV === "development";
}
