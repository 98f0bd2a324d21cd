/** The gate's real pages over a real core and Postgres, on a port of their own, with pushes that arrive in a list: what the browser tests look at. */
import { serve, type ServerType } from "@hono/node-server";
import type { GateDatabase } from "@nightgate/db/gate";
import type { cloneDatabase } from "@nightgate/db/testing";
import type { Card } from "@nightgate/shared/card";
import { Problem } from "@nightgate/shared/problems";
import type { Hold, PushView } from "../../core/ports.ts";
import { createChangesHub } from "../../store/changes-hub.ts";
import {
  type FakePushes,
  fakePushes,
  pushAction,
  type PushPlace,
  WORKSTATION,
} from "../../testing/fake-push.ts";
import { type Founder, openTestGate, ORIGIN, type TestGate } from "../../testing/test-core.ts";
import { createPages } from "../app.ts";
import type { PagesDeps } from "../deps.ts";
import { plainView } from "./push-views.ts";

export const WEB_ORIGIN = "http://web.localhost:4600";

export interface PagesWorld {
  gate: TestGate;
  pushes: FakePushes;
  /** Where the pages listen; browsers are told that ORIGIN is there. */
  port: number;
  /** Every address that the app answers, as it was declared: `/api/holds/:id`. */
  routes: readonly { method: string; path: string }[];
  /** Asks as a browser on the gate's own origin would, without one. */
  ask(path: string, init?: AskInit): Promise<Response>;
  /** Opens a held push that the page draws as `view`. */
  hold(founder: Founder, place: PushPlace, push: HeldPush): Promise<Hold>;
  /** A cookie header of a session of the founder. */
  cookie(founder: Founder): Promise<string>;
  close(): Promise<void>;
}

export type AskInit = Omit<RequestInit, "headers"> & { headers?: Record<string, string> };

export interface HeldPush {
  commit: string;
  view?: PushView;
  card?: Partial<Card>;
  agentWords?: string;
  supersedes?: string;
  run?: string | null;
}

export interface WorldOptions {
  rehearsalUrl?: string;
  pushDevices?: (db: GateDatabase) => PagesDeps["pushDevices"];
  workstations?: { id: string; name: string }[];
  /** Left out: there are none. */
  channels?: (gate: TestGate) => PagesDeps["channels"];
}

/** `server` is `inject("postgres")`. */
export async function openPagesWorld(
  server: Parameters<typeof cloneDatabase>[0],
  options: WorldOptions = {},
): Promise<PagesWorld> {
  const pushes = fakePushes();
  const gate = await openTestGate(server, { handlers: [pushes.handler] });
  const views = new Map<string, PushView>();
  const changes = createChangesHub(gate.database.urls.gate);
  const stopping = new AbortController();
  const app = await createPages(pagesDeps(gate, { changes, stopping: stopping.signal, views, options }));
  const { listening, port } = await listen(app.fetch);
  return {
    gate,
    pushes,
    port,
    routes: app.routes.filter(({ method }) => method !== "ALL"),
    ask: async (path, init = {}) =>
      await app.request(`${ORIGIN}${path}`, {
        ...init,
        headers: { host: new URL(ORIGIN).host, ...init.headers },
      }),
    hold: async (founder, place, push) => {
      const opened = await gate.core.holds.open({
        action: pushAction(founder, place, { commit: push.commit }),
        card: {
          title: "atlas wants to push 1 commit to acme/shop main",
          verb: "Push",
          target: "acme/shop main",
          facts: [],
          flags: [],
          undrawn: [],
          ...push.card,
        },
        caller: {
          organization: founder.organization,
          workstation: WORKSTATION,
          workstationName: "atlas",
          run: push.run === undefined ? "run_4x8n2k6q9wtz" : push.run,
        },
        resource: place.resource,
        agentWords: push.agentWords ?? "",
        supersedes: push.supersedes ?? null,
        keep: async (id) => void views.set(id, push.view ?? plainView()),
      });
      return opened;
    },
    cookie: async (founder) => {
      const { passkeys } = gate.core;
      const { token } = await passkeys.finishSignIn(
        founder.authenticator.get(await passkeys.beginSignIn()),
        "test",
      );
      return `nightgate-gate=${token}`;
    },
    close: async () => {
      stopping.abort();
      listening.close();
      if ("closeAllConnections" in listening) listening.closeAllConnections();
      await changes.stop();
      await gate.close();
    },
  };
}

interface Extra {
  changes: PagesDeps["changes"];
  stopping: AbortSignal;
  views: Map<string, PushView>;
  options: WorldOptions;
}

function pagesDeps(gate: TestGate, { changes, stopping, views, options }: Extra): PagesDeps {
  const { core } = gate;
  const none: PagesDeps["pushDevices"] = {
    publicKey: "",
    list: async () => [],
    subscribe: async () => ({
      id: "1",
      device: "",
      createdAt: new Date(),
      failedAt: null,
      shownAt: null,
      testedAt: null,
      testShownMs: null,
    }),
    unsubscribe: async () => undefined,
    shown: async () => undefined,
    quietHours: { of: async () => null, set: async () => undefined },
    test: async () => [],
  };
  return {
    origin: ORIGIN,
    webOrigin: WEB_ORIGIN,
    rehearsalUrl: options.rehearsalUrl ?? null,
    clock: gate.clock,
    checkAccess: async () => undefined,
    log: {
      warn: () => undefined,
      error: (fields, message) => void gate.logged.push({ level: "error", fields, message }),
    },
    passkeys: core.passkeys,
    persons: core.persons,
    signInCodes: core.signInCodes,
    holds: core.holds,
    decisions: core.decisions,
    policies: core.policies,
    policyChanges: core.policyChanges,
    grants: core.grants,
    receipts: core.receipts,
    pushViews: { view: async (hold) => views.get(hold.id) ?? plainView() },
    presence: core.presence,
    workstations: { list: async () => options.workstations ?? [{ id: WORKSTATION, name: "atlas" }] },
    secrets: core.vault,
    channels: options.channels?.(gate) ?? noChannels(),
    pushDevices: options.pushDevices?.(core.db) ?? none,
    changes,
    stopping,
  };
}

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<{ listening: ServerType; port: number }> {
  return await new Promise((resolve) => {
    const listening = serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
      resolve({ listening, port }),
    );
  });
}

/** An organization without channels, where nothing can be linked. */
function noChannels(): PagesDeps["channels"] {
  const missing = async (): Promise<never> => {
    throw new Problem("not-found", { what: "such link" });
  };
  return {
    look: async () => ({
      channels: [],
      links: [],
      attention: { escalateMinutes: 5, nightMax: 3, wakes: ["urgent"] },
      briefing: null,
      log: [],
    }),
    checkCredential: () => undefined,
    beginLink: missing,
    confirmLink: missing,
    unlink: missing,
    order: async () => undefined,
    test: missing,
    setAttention: async () => undefined,
    setBriefing: async () => undefined,
  };
}
