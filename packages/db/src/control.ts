/** What web may touch: it writes control and inserts into jobs.inbox; the rest it reads. */
import { type Database, openDatabase, type Transaction } from "./database.ts";

type Tables =
  | "controlOrganizations"
  | "controlOrganizationDirectory"
  | "controlMembers"
  | "controlSessions"
  | "controlInvitations"
  | "controlWorkstations"
  | "controlAccessGrants"
  | "controlAccessTokens"
  | "controlAccessClients"
  | "controlDeviceLogins"
  | "controlCodeGuesses"
  | "jobsJobs"
  | "jobsRuns"
  | "jobsPrompts"
  | "jobsEvents"
  | "jobsWorkstations"
  | "jobsInbox"
  | "jobsQueueView"
  | "jobsVerbCalls"
  | "jobsSchedules"
  | "jobsChains"
  | "jobsChainRuns"
  | "jobsChainJobs"
  | "fleetWorkstations"
  | "fleetImages"
  | "gateHoldView"
  | "gatePolicyView"
  | "gateSecretView"
  | "gateModelCallView"
  | "gateTrafficView"
  | "gateNotificationView"
  | "gateDeviceView"
  | "gateInvitationUseView"
  | "gateOrganizationView";
export type ControlDatabase = Database<Tables>;
export type ControlTransaction = Transaction<Tables>;

/** Opens the database as `nightgate_web`. */
export function openControlDatabase(url: string): ControlDatabase {
  return openDatabase<Tables>(url);
}
