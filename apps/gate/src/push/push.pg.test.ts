// Web push against a push service of our own that decrypts what it gets (RFC 8291) and checks the signature (RFC 8292).
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "@nightgate/testkit/certificate";
import { type PushService, startPushService } from "@nightgate/testkit/fake-internet/push-service";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { Hold } from "../core/ports.ts";
import { addRepository, fakePushes, type PushPlace, pushAction, WORKSTATION } from "../testing/fake-push.ts";
import {
  approve,
  type Founder,
  found,
  openTestGate,
  ORIGIN,
  reject,
  settled,
  type TestGate,
} from "../testing/test-core.ts";
import { openPush, type Push } from "./push.ts";

const folder = mkdtempSync(join(tmpdir(), "nightgate-push-"));
const certificate = makeCertificate(folder);
const trust = [readFileSync(certificate.caFile, "utf8")];
let gate: TestGate;
let ada: Founder;
let place: PushPlace;
let push: Push;
let service: PushService;
let commit = 0x10;

beforeAll(async () => {
  gate = await openTestGate(inject("postgres"), { handlers: [fakePushes().handler] });
  ada = await found(gate);
  place = await addRepository(gate, ada);
});
afterAll(async () => {
  await push.stop();
  await service.stop();
  await gate.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await push?.stop();
  await service?.stop();
  push = open();
  service = await startPushService(certificate);
  for (const device of await push.devices.list(ada.person))
    await push.devices.unsubscribe(ada.person, device.id);
});

function open(): Push {
  const settings = {
    folder: gate.folder,
    databaseUrl: gate.database.urls.gate,
    origin: ORIGIN,
    allowedHosts: ["127.0.0.1"],
    trust,
  };
  return openPush(settings, {
    clock: gate.clock,
    log: { error: (fields, message) => void gate.logged.push({ level: "error", fields, message }) },
  });
}

async function subscribe(endpoint = service.subscription.endpoint): Promise<void> {
  await push.devices.subscribe(ada.person, { endpoint, ...service.subscription.keys, device: "phone" });
}

async function hold(options: { supersedes?: string; title?: string } = {}): Promise<Hold> {
  commit += 1;
  return await gate.core.holds.open({
    action: pushAction(ada, place, { commit: commit.toString(16) }),
    card: {
      title: options.title ?? "atlas wants to push 3 commits to acme/shop main",
      verb: "Push",
      target: "acme/shop main",
      facts: [],
      flags: [],
      undrawn: [],
    },
    caller: { organization: ada.organization, workstation: WORKSTATION, workstationName: "atlas", run: null },
    resource: place.resource,
    agentWords: "URGENT: tap approve, secret-of-the-agent",
    supersedes: options.supersedes ?? null,
    keep: async () => undefined,
  });
}

async function received(count: number): Promise<PushService["received"]> {
  return await until(`${count} messages (${service.refused.join("; ")})`, 10_000, () =>
    service.received.length >= count ? service.received : null,
  );
}

test("a hold rings, in the gate's words alone: no diff, no words of the agent, no link (attacks N2, N4, N6)", async () => {
  await subscribe();
  const opened = await hold({ title: "atlas wants to push 3 commits to acme/shop main\u202Egnp" });
  await push.notifier.holdOpened(opened);
  const [message] = await received(1);
  expect(message?.message).toEqual({
    title: "atlas wants to push 3 commits to acme/shop main⟨U+202E⟩gnp",
    body: "Read it and decide.",
    hold: opened.id,
    tag: opened.id,
    quiet: false,
    // Only this device can say that it showed it.
    shown: expect.stringMatching(/^[0-9a-f]{24}\.m:org_\w{12}:\d+\.[A-Za-z0-9_-]{43}$/) as string,
  });
  expect(message).toMatchObject({ topic: opened.id, urgency: "high" });
  expect(JSON.stringify(message)).not.toMatch(/secret-of-the-agent|https?:/);
});

test("a hold and its state ring once, however often they are told of, also while a page of the gate is open somewhere", async () => {
  await subscribe();
  const leave = gate.core.presence.enter(ada.person, [ada.organization]);
  const opened = await hold();
  await Promise.all([push.notifier.holdOpened(opened), push.notifier.holdOpened(opened)]);
  const [rung] = await received(1);
  expect(rung?.message).toMatchObject({ hold: opened.id, quiet: false });
  leave();
  await push.notifier.holdOpened(opened);
  await push.resume([ada.organization]);
  await until("the outbox to be empty", 5_000, async () =>
    (await states(opened.id)).every((state) => state === "sent") ? true : null,
  );
  expect(
    service.received.filter((each) => (each.message as { hold: string }).hold === opened.id),
  ).toHaveLength(1);
});

test("what replaces a hold replaces its notification, and so does its end, without a sound", async () => {
  await subscribe();
  const first = await hold();
  await push.notifier.holdOpened(first);
  await received(1);
  const second = await hold({ supersedes: first.id });
  await push.notifier.holdMoved(await gate.core.holds.get(ada.organization, first.id));
  await push.notifier.holdOpened(second);
  expect((await received(2))[1]?.message).toMatchObject({ hold: second.id, tag: first.id, quiet: false });
  await approve(gate, ada, second.id);
  await push.notifier.holdMoved(await settled(gate, ada, second.id));
  expect((await received(3))[2]?.message).toMatchObject({
    title: expect.stringMatching(/^Done: /) as string,
    hold: second.id,
    tag: first.id,
    quiet: true,
  });
});

test("a decision that came before the message went out is not told late", async () => {
  const opened = await hold();
  await reject(gate, ada, opened.id);
  await subscribe();
  await push.notifier.holdOpened(opened);
  await until("the message to end", 5_000, async () =>
    (await states(opened.id)).includes("failed") ? true : null,
  );
  expect(service.received).toHaveLength(0);
});

test("a gate that died before it sent tells after its next start", async () => {
  await subscribe();
  const opened = await hold();
  await push.stop();
  push = open();
  await push.resume([ada.organization]);
  const about = await until("the message", 5_000, () =>
    service.received.find((each) => (each.message as { hold: string }).hold === opened.id),
  );
  expect(about).toBeDefined();
});

test("a push service that is busy is asked again; one that says the device is gone is believed", async () => {
  const statuses = [503, 201];
  const busy = await answering(() => statuses.shift() ?? 201);
  await subscribe(busy.endpoint);
  const opened = await hold();
  await push.notifier.holdOpened(opened);
  await until("the second attempt", 10_000, async () =>
    (await states(opened.id)).includes("sent") ? true : null,
  );
  expect(busy.count()).toBe(2);
  await busy.stop();

  const gone = await answering(() => 410);
  await subscribe(gone.endpoint);
  const next = await hold();
  await push.notifier.holdOpened(next);
  await until("the device to be dropped", 10_000, async () =>
    (await states(next.id)).includes("gone") ? true : null,
  );
  expect((await push.devices.list(ada.person)).map((device) => device.device)).toHaveLength(1);
  await gone.stop();
});

test("a redirect is not followed, and a refusal marks the device", async () => {
  const away = await answering(() => 307, { location: service.subscription.endpoint });
  await subscribe(away.endpoint);
  expect(await push.devices.test(ada.person)).toEqual([
    { device: "phone", sent: false, detail: "The push service answered 307" },
  ]);
  const opened = await hold();
  await push.notifier.holdOpened(opened);
  await until("the device to be marked", 10_000, async () =>
    (await push.devices.list(ada.person))[0]?.failedAt ? true : null,
  );
  expect(service.received).toHaveLength(0);
  await away.stop();
});

test("a test message arrives; another person's device is not there to be removed", async () => {
  await subscribe();
  expect(await push.devices.test(ada.person)).toEqual([{ device: "phone", sent: true, detail: "" }]);
  expect((await received(1))[0]?.message).toMatchObject({ hold: null, tag: "nightgate-test" });
  const [device] = await push.devices.list(ada.person);
  await expect(push.devices.unsubscribe("per_somebodyelse", device?.id ?? "")).rejects.toMatchObject({
    code: "not-found",
  });
});

async function states(id: string): Promise<string[]> {
  const { rows } = await gate.forge(
    ada.organization,
    "SELECT state FROM gate.notifications WHERE hold_id = $1",
    [id],
  );
  return rows.map((row: { state: string }) => row.state);
}

interface Answering {
  endpoint: string;
  count(): number;
  stop(): Promise<void>;
}

async function answering(status: () => number, headers: Record<string, string> = {}): Promise<Answering> {
  let count = 0;
  const server: Server = createServer(
    { cert: certificate.certificate, key: certificate.key },
    (request, response) => {
      count += 1;
      request.resume().on("end", () => response.writeHead(status(), headers).end());
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    endpoint: `https://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/push`,
    count: () => count,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
