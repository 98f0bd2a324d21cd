/**
 * The provisioner: reads which workstations are wanted and makes them so on the container engine. Listens to nobody.
 * Whoever has the engine is root on the host, so this stays the smallest process. Composition only; each part says what it does.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openFleetDatabase } from "@nightgate/db/fleet";
import { listenChanges } from "@nightgate/db/listen-changes";
import { systemClock as clock } from "@nightgate/shared/clock";
import { createFaultPoints, noFaults } from "@nightgate/shared/fault-points";
import pino from "pino";
import { debootstrapBy } from "./engine/base-helper.ts";
import { chooseEngine } from "./engine/choose-engine.ts";
import { enginePaths } from "./engine/paths.ts";
import { readProvisionerConfig } from "./env.ts";
import { createImageKeeper } from "./image/image-keeper.ts";
import { registryAnswers } from "./image/registry.ts";
import { ensureWorkstationImage } from "./image/workstation-image.ts";
import { LIMITS } from "./limits.ts";
import { fleetStore } from "./store/fleet-store.ts";
import { dockerDriver } from "./workstations/docker/docker-driver.ts";
import { engineClient } from "./workstations/docker/engine-client.ts";
import { dockerImageEngine } from "./workstations/docker/image-engine.ts";
import type { ProvisionerFaults } from "./workstations/fault-points.ts";
import {
  installationName,
  repositoryRoot,
  seccompProfileFile,
  socketFolders,
} from "./workstations/places.ts";
import { createReconciler } from "./workstations/reconcile.ts";
import { HOME_INSIDE, takeRestoredHome } from "./workstations/restored-home.ts";
import { createRounds } from "./workstations/rounds.ts";
import { missingSockets } from "./workstations/sockets.ts";

const config = readProvisionerConfig(process.env);
const log = pino({ name: "provisioner" }, pino.destination(2));
const stopping = new AbortController();
const isRoot = process.getuid?.() === 0;
const scratch = join(config.home, "provisioner/scratch");
const { baseHelper } = enginePaths(config.home);
// What is laid out for the image is read by everybody inside it.
process.umask(0o022);
// Half an image, where the last one of us was cut off in the middle of making it.
rmSync(scratch, { recursive: true, force: true });

const docker = engineClient(chooseEngine({ ...config, isRoot }).socket);
const faults: ProvisionerFaults = config.isTest
  ? createFaultPoints(null, join(config.home, "provisioner/fault-once"))
  : noFaults;
const database = openFleetDatabase(config.databaseUrl);
const store = fleetStore(database);
const driver = dockerDriver({
  docker,
  installation: installationName(config.home),
  seccompProfile: readFileSync(seccompProfileFile, "utf8"),
  folders: (workstation) => socketFolders(config.home, workstation),
  faults,
  fill: async (workstation, container) =>
    await takeRestoredHome(
      join(config.home, "provisioner/restored"),
      workstation,
      async (tar) => await container.putArchive(tar, { path: HOME_INSIDE }),
    ),
});
const imageEngine = dockerImageEngine(docker);
const images = createImageKeeper({
  has: async (reference) => await imageEngine.has(reference),
  build: async (report, signal) =>
    await ensureWorkstationImage({
      engine: imageEngine,
      repository: repositoryRoot,
      scratch,
      signal,
      report,
      registryAnswers,
      debootstrap: isRoot || !existsSync(baseHelper) ? undefined : debootstrapBy(baseHelper),
    }),
  tell: store.reportImage,
  clock,
  log,
  onReady: () => rounds.nudge(),
});
const reconciler = createReconciler({
  driver,
  wishes: store.wishes,
  tell: store.tell,
  image: images.current,
  missingSockets: (workstation) => missingSockets(config.home, workstation),
  clock,
  faults,
  log,
});
const rounds = createRounds({ look: reconciler.look, clock, sweepMs: LIMITS.sweepMs, log });
const changes = listenChanges(config.databaseUrl, {
  onChange: (change) => {
    if (change.table === "control.workstations") rounds.nudge();
  },
  onConnected: () => rounds.nudge(),
});

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());
const building = images.run(stopping.signal);
process.stdout.write("ready\n");
await rounds.run(stopping.signal);
// Invariant 10: workstations go on without us. Only what is under way is finished.
await Promise.all([building, reconciler.settled(), changes.stop()]);
await database.close();
