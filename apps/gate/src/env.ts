/** The gate's settings, read once; everything that is wrong is said at once, by name and never by value. Only main.ts imports this. */
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";

const port = z.coerce.number().int().min(1).max(65_535);
const origin = z
  .url({ protocol: /^https?$/ })
  .refine((value) => new URL(value).origin === value, "is more than an origin: only https://NAME[:PORT]");
/** Browsers do passkeys on https, and on http under localhost alone. */
const passkeyOrigin = origin.refine(
  (value) => new URL(value).protocol === "https:" || isLocal(new URL(value).hostname),
  "must be https, or http on a name under localhost",
);

const settings = z
  .object({
    NIGHTGATE_HOME: z.string().min(1, "say where the data lives"),
    DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\/\S+$/, "is not a postgresql:// URL"),
    /** The gate's own origin. Its host name is the passkeys' relying party. */
    NIGHTGATE_GATE_ORIGIN: passkeyOrigin,
    NIGHTGATE_WEB_ORIGIN: origin,
    NIGHTGATE_GATE_PORT: port,
    /** PEM files with which the gate ends TLS itself, on the origin's port; absent on localhost and behind a proxy. */
    NIGHTGATE_TLS_CERT_FILE: z.string().min(1).optional(),
    NIGHTGATE_TLS_KEY_FILE: z.string().min(1).optional(),
    /** Address of this host to listen on for TLS; all of them by default. */
    NIGHTGATE_TLS_ADDRESS: z.string().min(1).optional(),
    /** Port to listen on for TLS, where another program hands the origin's port on to it. */
    NIGHTGATE_TLS_PORT: port.optional(),
    /** Directory of the ACME authority that the gate gets those files from by itself; absent where somebody else puts them there. */
    NIGHTGATE_ACME_DIRECTORY: z.url({ protocol: /^https$/ }).optional(),
    NIGHTGATE_ACME_EMAIL: z.string().min(3).optional(),
    /** Where "Try it without a key" is served; absent where it is not offered. */
    NIGHTGATE_REHEARSAL_URL: z.url({ protocol: /^http$/ }).optional(),
    /** "1" in tests only: it lets NIGHTGATE_FAULT kill the process at a named place. */
    NIGHTGATE_TEST: z.enum(["0", "1"]).optional(),
    NIGHTGATE_FAULT: z
      .enum([
        "after-keep",
        "after-hold-row",
        "after-decision",
        "before-dispatch",
        "after-dispatch-journal",
        "after-release-before-row",
      ])
      .optional(),
    /** Hosts, separated by commas, that may receive notifications although they are not on the public internet: a push service of the operator's own. */
    NIGHTGATE_PUSH_ALLOWED_HOSTS: z
      .string()
      .transform((text) =>
        text
          .split(",")
          .map((host) => host.trim().toLowerCase())
          .filter((host) => host !== ""),
      )
      .optional(),
    /** How long a passkey that was made with a printed recovery code waits, instead of 24 hours. */
    NIGHTGATE_RECOVERY_DELAY_HOURS: z.coerce.number().min(1).max(720).optional(),
    /** How long a client waits for its hold, in ms, instead of 5 s and 45 s. */
    NIGHTGATE_CLIENT_WAIT_MS: z.coerce.number().int().min(0).max(300_000).optional(),
  })
  .refine(
    (value) => new URL(value.NIGHTGATE_GATE_ORIGIN).hostname !== new URL(value.NIGHTGATE_WEB_ORIGIN).hostname,
    {
      path: ["NIGHTGATE_WEB_ORIGIN"],
      message:
        "has the same host name as NIGHTGATE_GATE_ORIGIN; cookies ignore ports, so the two need two names",
    },
  )
  .refine(
    (value) => (value.NIGHTGATE_TLS_CERT_FILE === undefined) === (value.NIGHTGATE_TLS_KEY_FILE === undefined),
    { path: ["NIGHTGATE_TLS_KEY_FILE"], message: "belongs together with NIGHTGATE_TLS_CERT_FILE" },
  );

export type GateSettings = z.infer<typeof settings>;

/** Ends the process with status 78 when a setting is missing or wrong. */
export function readGateSettings(raw: NodeJS.ProcessEnv): GateSettings {
  const present = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== ""));
  return readSettings(settings, present);
}

function isLocal(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}
