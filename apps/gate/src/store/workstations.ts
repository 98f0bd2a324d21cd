/**
 * Which workstations exist, and whose they are. Web says which are wanted; the gate writes down at first sight to whom each belongs,
 * and never again: a row of web's that says otherwise later opens no socket (invariant 9).
 */
import type { GateDatabase } from "@nightgate/db/gate";
import { workstationId } from "@nightgate/shared/ids";
import type { CoreLog } from "../core/store-ports.ts";
import type { ChangesHub } from "./changes-hub.ts";

export interface KnownWorkstation {
  organization: string;
  workstation: string;
  workstationName: string;
}

export interface WorkstationRegistry {
  list(organization: string): Promise<{ id: string; name: string }[]>;
  /** Resolves when all that is known now was looked at once. */
  ready: Promise<void>;
  stop(): Promise<void>;
}

export interface RegistryDeps {
  db: GateDatabase;
  changes: ChangesHub;
  log: CoreLog;
  /** The workstation is wanted: may be called again for one that is open. */
  onWorkstation(workstation: KnownWorkstation): Promise<void>;
  /** The workstation was removed for good. */
  onRemoved(workstation: string): Promise<void>;
}

const EVERYTHING = "*";
/** Looks that wait for their turn. An installation has hundreds of workstations, and they change one at a time. */
const LOOKS_WAITING_MAX = 1_000;

export function followWorkstations(deps: RegistryDeps): WorkstationRegistry {
  let tail: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    tail = tail
      .then(work)
      .catch((error: unknown) =>
        deps.log.error({ error }, "workstations could not be looked at; the next announcement tries again"),
      );
    return tail;
  };
  const all = async (): Promise<void> => {
    const directory = await deps.db.asNobody(
      async (tx) => await tx.controlOrganizationDirectory.findMany({ select: { id: true } }),
    );
    for (const { id } of directory) await look(deps, id, null);
  };
  // Invariant 12: every role can announce as much as it likes. What waits already waits once, and beyond a limit everything is looked at once instead.
  const waiting = new Set<string>();
  const lookOnce = (key: string, work: () => Promise<void>): void => {
    if (waiting.has(key)) return;
    waiting.add(key);
    void inTurn(async () => {
      waiting.delete(key);
      await work();
    });
  };
  const stops = [
    deps.changes.onConnected(() => lookOnce(EVERYTHING, all)),
    deps.changes.subscribe((change) => {
      if (change.table !== "control.workstations" || change.organization === null) return;
      const { organization, id } = change;
      if (waiting.has(EVERYTHING)) return;
      if (waiting.size >= LOOKS_WAITING_MAX) lookOnce(EVERYTHING, all);
      else lookOnce(`${organization} ${id}`, async () => await look(deps, organization, id));
    }),
  ];
  return {
    ready: inTurn(all),
    list: async (organization) =>
      await deps.db.asOrganization(
        organization,
        async (tx) =>
          await tx.gateWorkstations.findMany({
            orderBy: { createdAt: "asc" },
            select: { id: true, name: true },
          }),
      ),
    stop: async () => {
      for (const stop of stops) stop();
      await tail;
    },
  };
}

async function look(deps: RegistryDeps, organization: string, id: string | null): Promise<void> {
  const wanted = await deps.db.asOrganization(
    organization,
    async (tx) =>
      await tx.controlWorkstations.findMany({
        where: id === null ? {} : { id },
        select: { id: true, name: true, wanted: true },
      }),
  );
  for (const row of wanted) {
    if (!workstationId.safeParse(row.id).success) continue;
    if (row.wanted === "removed") await deps.onRemoved(row.id);
    else if (await own(deps, organization, row))
      await deps.onWorkstation({ organization, workstation: row.id, workstationName: row.name });
  }
}

/** True when the workstation is this organization's in the gate's own book, in which it is entered at first sight. */
async function own(
  { db, log }: RegistryDeps,
  organization: string,
  row: { id: string; name: string },
): Promise<boolean> {
  return await db.asOrganization(organization, async (tx) => {
    const known = await tx.gateWorkstations.findUnique({ where: { id: row.id } });
    if (known) return known.organizationId === organization;
    if ((await tx.gateOrganizations.count()) === 0) return false; // Founded at web, but not here: nothing to guard yet.
    // Somebody else's row with this id is hidden by row-level security; then nothing is inserted and the socket stays shut.
    const inserted =
      await tx.$executeRaw`INSERT INTO gate.workstations (organization_id, id, name) VALUES (${organization}, ${row.id}, ${row.name}) ON CONFLICT (id) DO NOTHING`;
    if (inserted === 0)
      log.error(
        { organization, workstation: row.id },
        "a workstation is claimed by a second organization; its socket stays shut",
      );
    return inserted === 1;
  });
}
