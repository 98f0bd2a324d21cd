/** Wanted workstations as somebody who has web's whole database role writes them: the provisioner is root on the host in all but name. */
import { openFleetDatabase } from "@nightgate/db/fleet";
import { cloneDatabase } from "@nightgate/db/testing";
import pg from "pg";
import { expect, inject, test } from "vitest";
import { fleetStore } from "./fleet-store.ts";

const HONEST = "ws_aaaaaaaaaaaa";
/** Ids that would be other folders to mount, other names on the engine, or another workstation's. */
const FORGED = [
  "..",
  ".",
  "",
  "../../gate",
  `../sockets/${HONEST}`,
  `${HONEST}/../${HONEST}`,
  "/etc",
  `${HONEST} `,
  `${HONEST}\n`,
  `${HONEST}:rw`,
  "WS_AAAAAAAAAAAA",
  "ws_aaaaaaaaaaaaa",
];

test("A8, invariant 4: a workstation whose id is no id is never wished for, whatever web's role writes", async () => {
  const database = await cloneDatabase(inject("postgres"));
  const fleet = openFleetDatabase(database.urls.provisioner);
  const web = new pg.Client({ connectionString: database.urls.web });
  await web.connect();
  try {
    await web.query("SELECT set_config('nightgate.organization_id', 'org_aaaaaaaaaaaa', false)");
    await web.query(
      "INSERT INTO control.organizations (organization_id, name) VALUES ('org_aaaaaaaaaaaa', 'x')",
    );
    await web.query("INSERT INTO control.organization_directory (id) VALUES ('org_aaaaaaaaaaaa')");
    const plant = async (id: string, wanted: string): Promise<void> =>
      void (await web.query(
        "INSERT INTO control.workstations (organization_id, id, name, wanted, created_by) VALUES ('org_aaaaaaaaaaaa', $1, 'box' || $2, $3, 'x')",
        [id, String(FORGED.indexOf(id) + 1), wanted],
      ));
    for (const [at, id] of FORGED.entries()) await plant(id, at % 2 === 0 ? "running" : "removed");
    await plant(HONEST, "running");
    const wishes = await fleetStore(fleet).wishes();
    expect(wishes.map(({ workstation }) => workstation)).toEqual([HONEST]);
  } finally {
    await web.end();
    await fleet.close();
    await database.drop();
  }
});
