/** The device flow (RFC 8628): a program without a browser shows a code, its person types it where they are signed in, and says yes or no. */
import { randomBytes, randomInt } from "node:crypto";
import type { ControlTransaction } from "@nightgate/db/control";
import { systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { visibleText } from "@nightgate/shared/visible-text";
import { limits } from "../../limits.ts";
import type { Scope } from "../../server/access-token.ts";
import { inNobody, inOrganization } from "../../server/database.ts";
import { isEverybodys } from "../../server/device.ts";
import { memberNow } from "../../server/member.ts";
import { digestOf } from "../../server/session.ts";
import { COMMAND_LINE } from "./clients.ts";
import { makeTokens, openGrant, type TokenAnswer } from "./grants.ts";
import { refuse } from "./oauth-refusal.ts";

/** Consonants alone: no word comes out by chance, and none is taken for a digit (section 6.1). */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const CODE_LETTERS = 8;

export interface DeviceLogin {
  deviceCode: string;
  /** As it is shown: `BCDF-GHJK`. */
  userCode: string;
}

/** What the program says of itself; shown to the person, believed by nobody. */
export interface Asking {
  scope: Scope;
  machine: string;
  address: string;
}

/** Begins a login. Throws Problem too-many. */
export async function startDeviceLogin(asking: Asking): Promise<DeviceLogin> {
  const deviceCode = `ngd_${randomBytes(32).toString("base64url")}`;
  const letters = Array.from({ length: CODE_LETTERS }, () => LETTERS.charAt(randomInt(LETTERS.length))).join(
    "",
  );
  const now = systemClock.now();
  await inNobody(async (tx) => {
    await refuseFlood(tx, asking.address, now);
    await tx.controlDeviceLogins.create({
      data: {
        deviceDigest: digestOf(deviceCode),
        userCode: letters,
        scope: asking.scope,
        clientName: "nightgate, the command line",
        machine: visibleText(asking.machine).slice(0, 100),
        address: asking.address.slice(0, 100),
        expiresAt: new Date(now + limits.deviceLoginMs),
      },
    });
  });
  return { deviceCode, userCode: asShown(letters) };
}

/** `BCDF-GHJK`. */
export function asShown(letters: string): string {
  return `${letters.slice(0, CODE_LETTERS / 2)}-${letters.slice(CODE_LETTERS / 2)}`;
}

async function refuseFlood(tx: ControlTransaction, address: string, now: number): Promise<void> {
  // An hour longer than they last, so that a program that is late hears "expired" and not "unknown".
  await tx.controlDeviceLogins.deleteMany({ where: { expiresAt: { lt: new Date(now - 60 * 60_000) } } });
  const open = { expiresAt: { gt: new Date(now) } };
  const all = await tx.controlDeviceLogins.count({ where: open });
  const here = isEverybodys(address)
    ? 0
    : await tx.controlDeviceLogins.count({ where: { ...open, address } });
  if (all >= limits.deviceLoginsOpenMax || here >= limits.deviceLoginsPerAddressMax)
    throw new Problem("too-many", { what: "logins that wait", limit: limits.deviceLoginsPerAddressMax });
}

/** The command line says whom it asks for. */
export interface DeviceAnswer extends TokenAnswer {
  person_name: string;
  organization_name: string;
}

/** What the program gets when it asks whether its person has decided. Throws OAuth's answers of section 3.5 until they have said yes. */
export async function pollDeviceLogin(deviceCode: string, resource: string): Promise<DeviceAnswer> {
  const deviceDigest = digestOf(deviceCode);
  const row = await inNobody(async (tx) => await poll(tx, deviceDigest));
  if (row.state !== "approved" || row.organizationId === null || row.personId === null) throw row.problem;
  const { organizationId: organization, personId: person } = row;
  const member = await memberNow({ organization, person });
  if (member === null) throw refuse("access_denied", "whoever allowed it is not a member any more");
  return await inOrganization(organization, async (tx) => {
    const { count } = await tx.controlDeviceLogins.deleteMany({ where: { deviceDigest, state: "approved" } });
    if (count !== 1) throw refuse("invalid_grant", "the code was used already");
    const scope: Scope = row.scope === "act" ? "act" : "read";
    const { clientName, machine, address } = row;
    const granting = {
      organization,
      person,
      client: COMMAND_LINE,
      clientName,
      machine,
      address,
      resource,
      scope,
    };
    const id = await openGrant(tx, granting, limits.accessMs);
    const tokens = await makeTokens(tx, { organization, id, scope });
    return { ...tokens, person_name: member.personName, organization_name: member.organizationName };
  });
}

interface Polled {
  state: string;
  problem: Problem;
  organizationId: string | null;
  personId: string | null;
  scope: string;
  clientName: string;
  machine: string;
  address: string;
}

async function poll(tx: ControlTransaction, deviceDigest: string): Promise<Polled> {
  const now = systemClock.now();
  const row = await tx.controlDeviceLogins.findUnique({ where: { deviceDigest } });
  if (!row) throw refuse("invalid_grant", "there is no such login, or it was finished");
  const early = row.polledAt !== null && now - row.polledAt.getTime() < limits.devicePollMs - POLL_SLACK_MS;
  await tx.controlDeviceLogins.updateMany({ where: { deviceDigest }, data: { polledAt: new Date(now) } });
  return { ...row, problem: problemOf(row.state, row.expiresAt.getTime() <= now, early) };
}

/** A clock that ticks a little differently is no flood. */
const POLL_SLACK_MS = 500;

function problemOf(state: string, expired: boolean, early: boolean): Problem {
  if (state === "refused") return refuse("access_denied", "the person said no");
  if (expired) return refuse("expired_token", "nobody decided within ten minutes");
  if (early) return refuse("slow_down", "it asked again too soon");
  return refuse("authorization_pending", "the person has not decided yet");
}
