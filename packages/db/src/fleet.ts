/** What the provisioner may touch: it writes fleet and reads which workstations are wanted. */
import { type Database, openDatabase, type Transaction } from "./database.ts";

type Tables = "controlOrganizationDirectory" | "controlWorkstations" | "fleetWorkstations" | "fleetImages";
export type FleetDatabase = Database<Tables>;
export type FleetTransaction = Transaction<Tables>;

/** Opens the database as `nightgate_provisioner`. */
export function openFleetDatabase(url: string): FleetDatabase {
  return openDatabase<Tables>(url);
}
