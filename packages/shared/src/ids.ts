/**
 * Identifiers: a prefix that says what it names, and random Crockford base32 behind it.
 * They are short enough to read aloud, and they carry no order and no tenant.
 */
import { z } from "zod";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** What an id may name, and the prefix it then has. */
export const ID_PREFIXES = {
  organization: "org_",
  person: "per_",
  workstation: "ws_",
  job: "job_",
  run: "run_",
  schedule: "sch_",
  chain: "chn_",
  chainRun: "chr_",
  humanMessage: "say_",
  resource: "res_",
  secret: "sec_",
  hold: "H-",
  invitation: "inv_",
  link: "lnk_",
  message: "msg_",
  group: "grp_",
  memory: "mem_",
  change: "chg_",
  access: "acc_",
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

const ID_LENGTHS: Record<IdKind, number> = {
  organization: 12,
  person: 12,
  workstation: 12,
  job: 12,
  run: 12,
  schedule: 12,
  chain: 12,
  chainRun: 12,
  humanMessage: 12,
  resource: 12,
  secret: 12,
  hold: 8,
  invitation: 12,
  link: 12,
  message: 12,
  group: 12,
  memory: 12,
  change: 12,
  access: 12,
};

/** Makes a fresh id of `kind` from the runtime's secure random source (60 bits, a hold's has 40 and is checked for collision by its table). */
export function newId(kind: IdKind): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTHS[kind]));
  let id = ID_PREFIXES[kind];
  for (const byte of bytes) id += CROCKFORD.charAt(byte & 31);
  return kind === "hold" ? id : id.toLowerCase();
}

function idSchema(kind: IdKind): z.ZodString {
  const characters = kind === "hold" ? "0-9A-HJKMNP-TV-Z" : "0-9a-hjkmnp-tv-z";
  return z.string().regex(new RegExp(`^${ID_PREFIXES[kind]}[${characters}]{${ID_LENGTHS[kind]}}$`));
}

export const organizationId = idSchema("organization");
export const personId = idSchema("person");
export const workstationId = idSchema("workstation");
export const jobId = idSchema("job");
export const runId = idSchema("run");
export const scheduleId = idSchema("schedule");
export const chainId = idSchema("chain");
export const chainRunId = idSchema("chainRun");
export const messageId = idSchema("message");
export const humanMessageId = idSchema("humanMessage");
export const resourceId = idSchema("resource");
export const secretId = idSchema("secret");
export const holdId = idSchema("hold");
export const invitationId = idSchema("invitation");
export const linkId = idSchema("link");
export const accessId = idSchema("access");
