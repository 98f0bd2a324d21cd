/**
 * `NIGHTGATE_HOME=... node apps/web/testing/seed.ts`: fills a migrated database with a believable organization, as the four roles would,
 * and prints sessions for it as JSON. For looking at pages before, or without, the other processes.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openControlDatabase } from "@nightgate/db/control";
import { openFleetDatabase } from "@nightgate/db/fleet";
import { openGateDatabase } from "@nightgate/db/gate";
import { openJobsDatabase } from "@nightgate/db/jobs";
import { newId } from "@nightgate/shared/ids";
import { digestOf } from "../server/session.ts";
import { seedGate } from "./seed-gate.ts";
import { seedJobs } from "./seed-jobs.ts";
import type { Seeded } from "./seeded.ts";

interface Urls {
  web: string;
  runner: string;
  provisioner: string;
  gate: string;
}

const DAY_MS = 86_400_000;

/** Makes an organization with one member; `full` also gives it workstations, resources, tasks and holds. */
export async function seed(
  urls: Urls,
  kind: "fresh" | "full",
  events = 10_000,
): Promise<Seeded & { jobs: Record<string, string> }> {
  const control = openControlDatabase(urls.web);
  const organization = newId("organization");
  const person = newId("person");
  const workstation = newId("workstation");
  const token = randomBytes(32).toString("base64url");
  try {
    await control.asOrganization(organization, async (tx) => {
      await tx.controlOrganizations.create({
        data: { organizationId: organization, name: kind === "full" ? "Acme Robotics" : "Moonlight Labs" },
      });
      await tx.controlMembers.create({
        data: { organizationId: organization, personId: person, name: "Robin Vega", role: "owner" },
      });
    });
    await control.asNobody(async (tx) => {
      await tx.controlOrganizationDirectory.createMany({
        data: [{ id: organization }],
        skipDuplicates: true,
      });
      await tx.controlSessions.create({
        data: {
          tokenDigest: digestOf(token),
          personId: person,
          personName: "Robin Vega",
          organizationId: organization,
          expiresAt: new Date(Date.now() + DAY_MS),
        },
      });
    });
    const seeded = { organization, person, workstation, token };
    if (kind === "fresh") return { ...seeded, jobs: {} };
    await control.asOrganization(organization, async (tx) => {
      await tx.controlWorkstations.create({
        data: { organizationId: organization, id: workstation, name: "atlas", createdBy: person },
      });
      await tx.controlWorkstations.create({
        data: {
          organizationId: organization,
          id: newId("workstation"),
          name: "borealis",
          wanted: "stopped",
          cpus: 4,
          memoryBytes: 8n * 1024n ** 3n,
          createdBy: person,
        },
      });
    });
    return { ...seeded, jobs: await fill(urls, seeded, events) };
  } finally {
    await control.close();
  }
}

async function fill(urls: Urls, seeded: Seeded, events: number): Promise<Record<string, string>> {
  const fleet = openFleetDatabase(urls.provisioner);
  const gate = openGateDatabase(urls.gate);
  const jobs = openJobsDatabase(urls.runner);
  try {
    await fleet.asOrganization(seeded.organization, async (tx) => {
      await tx.fleetImages.upsert({
        where: { name: "nightgate-workstation" },
        create: { name: "nightgate-workstation", state: "ready", progress: 100 },
        update: { state: "ready" },
      });
      await tx.fleetWorkstations.create({
        data: {
          organizationId: seeded.organization,
          workstationId: seeded.workstation,
          state: "running",
          startedAt: new Date(Date.now() - 5 * 3_600_000),
        },
      });
    });
    const repository = await seedGate(gate, seeded);
    return await seedJobs(jobs, gate, seeded, repository, events);
  } finally {
    await fleet.close();
    await gate.close();
    await jobs.close();
  }
}

if (import.meta.main) {
  const home = process.env["NIGHTGATE_HOME"];
  if (!home) throw new Error("NIGHTGATE_HOME says which database to fill");
  const urls = JSON.parse(readFileSync(join(home, "database-urls.json"), "utf8")) as Urls;
  const full = await seed(urls, "full");
  const fresh = await seed(urls, "fresh");
  process.stdout.write(`${JSON.stringify({ full, fresh }, null, 2)}\n`);
}
