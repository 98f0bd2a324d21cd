/** What the gate may touch: it writes gate. Wanted workstations and jobs it reads for names, never for authority. */
import { type Database, openDatabase, type Transaction } from "./database.ts";

type Tables =
  | "controlOrganizationDirectory"
  | "controlWorkstations"
  | "controlMembers"
  | "controlInvitations"
  | "jobsJobs"
  | "jobsRuns"
  | "jobsPrompts"
  | "jobsEvents"
  | "gateInstallation"
  | "gatePersons"
  | "gatePasskeys"
  | "gateSessions"
  | "gateChallenges"
  | "gateSignInCodes"
  | "gateOrganizations"
  | "gateMemberships"
  | "gateInvitationUses"
  | "gateCandidacies"
  | "gateEnrolmentLinks"
  | "gatePolicies"
  | "gateWorkstations"
  | "gateSecrets"
  | "gateHolds"
  | "gateDecisions"
  | "gateReceipts"
  | "gatePushSubscriptions"
  | "gateDeviceTests"
  | "gateRunNews"
  | "gateQuietHours"
  | "gateNotifications"
  | "gateModelCalls"
  | "gateTraffic";
export type GateDatabase = Database<Tables>;
export type GateTransaction = Transaction<Tables>;

/** Opens the database as `nightgate_gate`. */
export function openGateDatabase(url: string): GateDatabase {
  return openDatabase<Tables>(url);
}
