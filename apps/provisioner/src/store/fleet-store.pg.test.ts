import { openControlDatabase } from "@nightgate/db/control";
import { openFleetDatabase } from "@nightgate/db/fleet";
import { cloneDatabase, type TestDatabase } from "@nightgate/db/testing";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { fleetStore } from "./fleet-store.ts";

let database: TestDatabase;
let web: ReturnType<typeof openControlDatabase>;
let fleet: ReturnType<typeof openFleetDatabase>;

beforeAll(async () => {
  database = await cloneDatabase(inject("postgres"));
  web = openControlDatabase(database.urls.web);
  fleet = openFleetDatabase(database.urls.provisioner);
  for (const organization of ["org_aaaaaaaaaaaa", "org_bbbbbbbbbbbb"]) {
    await web.asOrganization(organization, async (tx) => {
      await tx.controlOrganizations.create({ data: { organizationId: organization, name: organization } });
      await tx.controlOrganizationDirectory.create({ data: { id: organization } });
      await tx.controlWorkstations.create({
        data: {
          organizationId: organization,
          id: organization.replace("org", "ws"),
          name: "atlas",
          createdBy: "per_1",
        },
      });
    });
  }
});

afterAll(async () => {
  await web.close();
  await fleet.close();
  await database.drop();
});

test("reads the wishes of every organization, with their limits as numbers", async () => {
  const wishes = await fleetStore(fleet).wishes();
  expect(wishes).toEqual(
    ["a", "b"].map((letter) => ({
      organization: `org_${letter.repeat(12)}`,
      workstation: `ws_${letter.repeat(12)}`,
      name: "atlas",
      wanted: "running",
      cpus: 2,
      memoryBytes: 4 * 1024 ** 3,
      pids: 2048,
    })),
  );
});

test("tells a state, which its organization sees and another does not (invariant 9)", async () => {
  const store = fleetStore(fleet);
  const entry = {
    organization: "org_aaaaaaaaaaaa",
    workstation: "ws_aaaaaaaaaaaa",
    state: "waiting",
    containerId: null,
    image: null,
    detail: "for the gate",
    startedAt: null,
  } as const;
  await store.tell(entry);
  await store.tell({
    ...entry,
    state: "running",
    containerId: "c1",
    image: "nightgate/workstation:x",
    startedAt: new Date(0),
  });
  const seenBy = async (organization: string) =>
    await web.asOrganization(organization, async (tx) => await tx.fleetWorkstations.findMany());
  expect(await seenBy("org_aaaaaaaaaaaa")).toMatchObject([
    { workstationId: "ws_aaaaaaaaaaaa", state: "running", containerId: "c1", detail: "for the gate" },
  ]);
  expect(await seenBy("org_bbbbbbbbbbbb")).toEqual([]);
});

test("the same state twice is written once", async () => {
  const store = fleetStore(fleet);
  const entry = {
    organization: "org_bbbbbbbbbbbb",
    workstation: "ws_bbbbbbbbbbbb",
    state: "stopped",
    containerId: null,
    image: null,
    detail: "",
    startedAt: null,
  } as const;
  const stamp = async () =>
    await web.asOrganization(
      "org_bbbbbbbbbbbb",
      async (tx) => (await tx.fleetWorkstations.findFirst())?.updatedAt,
    );
  await store.tell(entry);
  const first = await stamp();
  await store.tell({ ...entry });
  expect(await stamp()).toEqual(first);
  await store.tell({ ...entry, detail: "new" });
  expect(await stamp()).not.toEqual(first);
});

test("a workstation that was removed and said to be is not wished for again", async () => {
  const store = fleetStore(fleet);
  const organization = "org_bbbbbbbbbbbb";
  await web.asOrganization(
    organization,
    async (tx) =>
      await tx.controlWorkstations.update({ where: { id: "ws_bbbbbbbbbbbb" }, data: { wanted: "removed" } }),
  );
  expect((await store.wishes()).map((wish) => wish.wanted)).toEqual(["running", "removed"]);
  await store.tell({
    organization,
    workstation: "ws_bbbbbbbbbbbb",
    state: "removed",
    containerId: null,
    image: null,
    detail: "",
    startedAt: null,
  });
  expect((await store.wishes()).map((wish) => wish.workstation)).toEqual(["ws_aaaaaaaaaaaa"]);
});

test("reports the image's progress where web can read it", async () => {
  const store = fleetStore(fleet);
  await store.reportImage({
    state: "building",
    step: "Making the base system",
    percent: 12.4,
    detail: "unpacking",
  });
  await store.reportImage({
    state: "failed",
    step: "The workstation image could not be built",
    percent: 0,
    detail: "no space",
  });
  expect(await web.asNobody(async (tx) => await tx.fleetImages.findMany())).toMatchObject([
    { name: "workstation", state: "failed", progress: 0, detail: "no space" },
  ]);
});
