/** What the runner may touch: it writes jobs; wanted workstations, the fleet and the gate's views it reads. */
import { type Database, openDatabase, type Transaction } from "./database.ts";

type Tables =
  | "controlOrganizationDirectory"
  | "controlOrganizations"
  | "controlWorkstations"
  | "controlMembers"
  | "jobsJobs"
  | "jobsRuns"
  | "jobsPrompts"
  | "jobsEvents"
  | "jobsNeeds"
  | "jobsLocks"
  | "jobsSchedules"
  | "jobsFires"
  | "jobsChains"
  | "jobsChainRuns"
  | "jobsChainJobs"
  | "jobsWorkstations"
  | "jobsInbox"
  | "jobsHumanMessages"
  | "jobsQueueView"
  | "jobsMarks"
  | "jobsNights"
  | "jobsVerbCalls"
  | "fleetWorkstations"
  | "gateHoldView"
  | "gateModelCallView"
  | "gateRepositoryView"
  | "gateModelView";
export type JobsDatabase = Database<Tables>;
export type JobsTransaction = Transaction<Tables>;

/** Opens the database as `nightgate_runner`. */
export function openJobsDatabase(url: string): JobsDatabase {
  return openDatabase<Tables>(url);
}
