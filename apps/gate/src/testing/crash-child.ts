/** A gate in a process of its own, which kills itself at a named place. Run by crash.pg.test.ts with its instructions as one JSON argument. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { createSoftwareAuthenticator } from "@nightgate/testkit/software-authenticator";
import { z } from "zod";
import { openBase, openCore } from "../compose-core.ts";
import type { ActionHandler } from "../core/ports.ts";
import { createFaults } from "../faults.ts";
import { pushAction } from "./fake-push.ts";
import { ORIGIN, RP_ID } from "./test-core.ts";

export const crashInstructions = z.object({
  folder: z.string(),
  databaseUrl: z.string(),
  fault: z
    .enum([
      "after-keep",
      "after-hold-row",
      "after-decision",
      "before-dispatch",
      "after-dispatch-journal",
      "after-release-before-row",
    ])
    .nullable(),
  person: z.string(),
  organization: z.string(),
  resource: z.string(),
  passkeys: z.array(
    z.object({ credential: z.string(), userHandle: z.string().nullable(), privateKeyPem: z.string() }),
  ),
  commit: z.string(),
  /** Opens the hold and, unless it dies before, approves it. Without it the process only recovers. */
  push: z.boolean(),
});
export type CrashInstructions = z.infer<typeof crashInstructions>;

/** An upstream that outlives the process: one line per push that arrived. */
export function filePushes(folder: string): { handler: ActionHandler; arrived(): string[] } {
  const path = join(folder, "upstream.txt");
  const arrived = (): string[] =>
    existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  return {
    arrived,
    handler: {
      kinds: ["git.push"],
      release: async (_action, { dispatching, hold }) => {
        await dispatching({ process: process.pid });
        appendFileSync(path, `${hold.actionDigest}\n`);
        return { state: "released", words: "It arrived.", evidence: {} };
      },
      settle: async (_action, { hold }) =>
        arrived().includes(hold.actionDigest)
          ? { state: "released", words: "It had arrived.", evidence: {} }
          : { state: "failed", words: "It had not arrived.", evidence: {} },
    },
  };
}

if (process.argv[2] !== undefined) await run(crashInstructions.parse(JSON.parse(process.argv[2])));

async function run(told: CrashInstructions): Promise<void> {
  const silent = (): void => undefined;
  const notifier = { holdOpened: async () => undefined, holdMoved: async () => undefined };
  const base = await openBase(
    { folder: join(told.folder, "gate"), databaseUrl: told.databaseUrl, origin: ORIGIN, clientWaitMs: null },
    {
      clock: systemClock,
      faults: createFaults(told.fault),
      notifier: () => notifier,
      log: { info: silent, warn: silent, error: silent },
    },
  );
  const core = await openCore(base, [filePushes(told.folder).handler]);
  if (told.push) await pushAndApprove(core, told);
  else await recover(core, told.organization);
  await core.releases.stop();
  process.exit(0);
}

async function recover(core: Awaited<ReturnType<typeof openCore>>, organization: string): Promise<void> {
  const moving = await core.holds.list(organization, { states: ["approved", "releasing"] });
  await core.releases.recover();
  for (const { id } of moving)
    await core.holds.waitUntilSettled(organization, id, 10_000, new AbortController().signal);
}

async function pushAndApprove(
  core: Awaited<ReturnType<typeof openCore>>,
  told: CrashInstructions,
): Promise<void> {
  const { organization, person } = told;
  const hold = await core.holds.open({
    action: pushAction({ organization }, { resource: told.resource }, { commit: told.commit }),
    card: {
      title: "atlas wants to push",
      verb: "Push",
      target: "acme/shop main",
      facts: [],
      flags: [],
      undrawn: [],
    },
    caller: { organization, workstation: "ws_aaaaaaaaaaaa", workstationName: "atlas", run: null },
    resource: told.resource,
    agentWords: "",
    supersedes: null,
    keep: async (id) => writeFileSync(join(told.folder, `kept-${id}`), told.commit),
  });
  const authenticator = createSoftwareAuthenticator({ origin: ORIGIN, rpId: RP_ID, passkeys: told.passkeys });
  const options = await core.decisions.begin(person, organization, hold.id, {
    verdict: "approve",
    words: "",
    ticked: [],
  });
  await core.decisions.finish(person, organization, hold.id, authenticator.get(options));
  await core.holds.waitUntilSettled(organization, hold.id, 10_000, new AbortController().signal);
}
