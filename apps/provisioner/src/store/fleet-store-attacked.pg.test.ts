/** Wanted workstations as somebody who has web's whole database role writes them: the provisioner is root on the host in all but name. */
import { openControlDatabase } from "@nightgate/db/control";
import { openFleetDatabase } from "@nightgate/db/fleet";
import { cloneDatabase } from "@nightgate/db/testing";
import { expect, inject, test } from "vitest";
import { fleetStore } from "./fleet-store.ts";

const ORGANIZATION = "org_aaaaaaaaaaaa";
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
  const web = openControlDatabase(database.urls.web);
  try {
    await web.asOrganization(ORGANIZATION, async (tx) => {
      await tx.controlOrganizations.create({ data: { organizationId: ORGANIZATION, name: "x" } });
      await tx.controlOrganizationDirectory.create({ data: { id: ORGANIZATION } });
      const rows = [...FORGED, HONEST].map((id, at) => ({
        organizationId: ORGANIZATION,
        id,
        name: `box${at}`,
        wanted: id !== HONEST && at % 2 === 1 ? "removed" : "running",
        createdBy: "x",
      }));
      await tx.controlWorkstations.createMany({ data: rows });
    });
    const wishes = await fleetStore(fleet).wishes();
    expect(wishes.map(({ workstation }) => workstation)).toEqual([HONEST]);
  } finally {
    await web.close();
    await fleet.close();
    await database.drop();
  }
});
