// The gate's pages as HTTP: what every answer carries, what is refused before anybody looks at it, and what never leaves.
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { addRepository, type PushPlace } from "../testing/fake-push.ts";
import { type Founder, found, ORIGIN, settled } from "../testing/test-core.ts";
import { type AskInit, openPagesWorld, type PagesWorld, WEB_ORIGIN } from "./testing/pages-world.ts";

const CANARY = "canary-4f2a91-credential";
let world: PagesWorld;
let ada: Founder;
let eve: Founder;
let place: PushPlace;
let cookie: string;

beforeAll(async () => {
  world = await openPagesWorld(inject("postgres"));
  ada = await found(world.gate, "Ada");
  eve = await found(world.gate, "Eve");
  place = await addRepository(world.gate, ada, CANARY);
  cookie = await world.cookie(ada);
});
afterAll(async () => await world.close());

const KEPT: Record<string, string> = {
  "/service-worker.js": "no-cache",
  "/manifest.webmanifest": "public, max-age=86400",
};

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return await world.ask(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", origin: ORIGIN, cookie, ...headers },
  });
}

const PATHS = [
  "/sign-in",
  "/enrol",
  "/holds",
  "/policy",
  "/vault",
  "/audit",
  "/passkeys",
  "/notifications",
  "/account",
  "/setup/add",
  "/offline",
  "/nope",
  "/api/holds",
  "/api/nope",
  "/service-worker.js",
  "/manifest.webmanifest",
];

test.each(PATHS)(
  "%s: nothing inline, no frames, no strings as code, nothing kept (attacks W9 and W10)",
  async (path) => {
    const { headers } = await world.ask(path, { headers: { cookie, accept: "text/html" } });
    const policy = new Map(
      (headers.get("content-security-policy") ?? "")
        .split("; ")
        .map((part) => [part.split(" ")[0], part.split(" ").slice(1).join(" ")]),
    );
    expect(policy.get("default-src")).toBe("'none'");
    expect(policy.get("script-src")).toBe("'self'");
    expect(policy.get("style-src")).toBe("'self'");
    expect(policy.get("frame-ancestors")).toBe("'none'");
    expect(policy.get("base-uri")).toBe("'none'");
    expect(policy.get("form-action")).toBe("'self'");
    expect(policy.get("require-trusted-types-for")).toBe("'script'");
    expect(headers.get("content-security-policy")).not.toMatch(/unsafe|data:|https?:|\*/);
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("permissions-policy")).toContain("publickey-credentials-get=(self)");
    expect(headers.get("cache-control")).toBe(KEPT[path] ?? "no-store");
  },
);

test.each(PATHS.slice(0, 12))("%s has no inline script, style or handler", async (path) => {
  const text = await (await world.ask(path, { headers: { cookie, accept: "text/html" } })).text();
  expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
});

test("only the configured host is answered, whatever a request says about itself (attack W8)", async () => {
  for (const host of [
    "127.0.0.1:4601",
    "web.localhost:4600",
    "gate.localhost",
    "gate.localhost:4601.evil.example",
    "evil.example",
  ]) {
    const answer = await world.ask("/holds", { headers: { host, cookie } });
    expect(answer.status).toBe(421);
  }
  const forwarded = await world.ask("/holds", {
    headers: { host: "evil.example", "x-forwarded-host": "gate.localhost:4601", cookie },
  });
  expect(forwarded.status).toBe(421);
});

test("no other origin may use the gate's passkeys: related origins are not there (attack W8)", async () => {
  expect((await world.ask("/.well-known/webauthn")).status).toBe(404);
});

test("a change that did not come from our own pages as JSON is refused", async () => {
  const push = await world.hold(ada, place, { commit: "a1" });
  const path = `/api/holds/${push.id}/decision/begin`;
  const verdict = { verdict: "approve", words: "", ticked: [] };
  expect((await post(path, verdict, { origin: WEB_ORIGIN })).status).toBe(403);
  expect((await post(path, verdict, { origin: "null" })).status).toBe(403);
  expect((await post(path, verdict, { "sec-fetch-site": "same-site" })).status).toBe(403);
  expect((await post(path, verdict, { "content-type": "text/plain" })).status).toBe(415);
  expect((await post(path, verdict, { "content-type": "application/x-www-form-urlencoded" })).status).toBe(
    415,
  );
  expect(
    (
      await world.ask(path, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json", cookie },
      })
    ).status,
  ).toBe(403);
  expect(
    (
      await world.ask(path, {
        method: "PUT",
        body: "{}",
        headers: { "content-type": "application/json", origin: ORIGIN, cookie },
      })
    ).status,
  ).toBe(405);
  expect((await post(path, { ...verdict, words: "x".repeat(300_000) })).status).toBe(413);
  expect((await post(path, { verdict: "approve" })).status).toBe(400);
  expect((await post(path, verdict, { cookie: "nightgate-gate=guess" })).status).toBe(401);
  expect((await post(path, verdict)).status).toBe(200);
});

test("a body that says nothing of its length is cut at the limit", async () => {
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(0x20)),
  });
  const answer = await world.ask("/api/sign-in/begin", {
    method: "POST",
    body: endless,
    duplex: "half",
    headers: { "content-type": "application/json", origin: ORIGIN },
  } as AskInit);
  expect([400, 413]).toContain(answer.status);
}, 10_000);

test("without a session there is the way in, and data for nobody", async () => {
  const page = await world.ask("/holds/H-00000000?x=1", { headers: { accept: "text/html" } });
  expect(page.status).toBe(303);
  expect(page.headers.get("location")).toBe(`/sign-in?return=${encodeURIComponent("/holds/H-00000000?x=1")}`);
  for (const path of [
    "/api/holds",
    "/api/me",
    "/api/policy",
    "/api/vault",
    "/api/audit/receipts",
    "/api/push",
    "/api/events",
    "/api/passkeys",
  ]) {
    expect((await world.ask(path)).status).toBe(401);
  }
});

test("the session cookie is host-only, unreadable by scripts, and sent to nobody else's page", async () => {
  const options = (await (await post("/api/sign-in/begin", {})).json()) as Record<string, unknown>;
  const answer = await post(
    "/api/sign-in/finish",
    { answer: ada.authenticator.get(options) },
    { cookie: "" },
  );
  const set = answer.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/^nightgate-gate=[\w-]{20,};/);
  expect(set).toMatch(/HttpOnly/i);
  expect(set).toMatch(/SameSite=Lax/i);
  expect(set).not.toMatch(/Domain/i);
});

test("what belongs to another organization answers exactly as what does not exist (invariant 9)", async () => {
  const push = await world.hold(ada, place, { commit: "a2" });
  const other = await world.cookie(eve);
  const theirs = await world.ask(`/api/holds/${push.id}`, { headers: { cookie: other } });
  const nobodys = await world.ask("/api/holds/H-00000000", { headers: { cookie: other } });
  expect(theirs.status).toBe(404);
  expect((await theirs.text()).replace(push.id, "")).toBe((await nobodys.text()).replace("H-00000000", ""));
  const stranger = await world.ask(`/api/policy?organization=${ada.organization}`, {
    headers: { cookie: other },
  });
  expect(stranger.status).toBe(404);
  const verdict = { verdict: "approve", words: "", ticked: [] };
  expect((await post(`/api/holds/${push.id}/decision/begin`, verdict, { cookie: other })).status).toBe(404);
});

test("the event stream tells of one's own organizations only (attack A2), and of ids only", async () => {
  const stream = await world.ask("/api/events", { headers: { cookie: await world.cookie(eve) } });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader?.read())?.value ?? "";
  await world.hold(ada, place, { commit: "a3" });
  const evesPlace = await addRepository(world.gate, eve);
  const own = await world.hold(eve, evesPlace, { commit: "a4" });
  while (!text.includes(own.id)) text += (await reader?.read())?.value ?? "";
  await reader?.cancel();
  expect(text).toContain("event: ready");
  expect(text).not.toContain(ada.organization);
  const adas = await world.gate.core.holds.list(ada.organization, {});
  for (const hold of adas) expect(text).not.toContain(hold.id);
});

test("an approver with the page open is seen, and is gone when the page is", async () => {
  const stream = await world.ask("/api/events", { headers: { cookie } });
  const reader = stream.body?.getReader();
  await reader?.read();
  expect(world.gate.core.presence.isWatched(ada.organization)).toBe(true);
  await reader?.cancel();
  await expect
    .poll(() => world.gate.core.presence.isWatched(ada.organization), { timeout: 10_000 })
    .toBe(false);
});

test("the vault says which slots are set and since when, and nothing of what is in them (invariant 2)", async () => {
  const vault = await world.ask("/api/vault", { headers: { cookie } });
  const page = (await vault.json()) as { slots: Record<string, unknown>[] };
  expect(page.slots).toHaveLength(1);
  expect(Object.keys(page.slots[0] ?? {}).toSorted()).toEqual([
    "kind",
    "name",
    "rehearsal",
    "resource",
    "since",
    "slot",
  ]);
  const replaced = await post("/api/vault/propose", {
    resource: place.resource,
    slot: "git.credential",
    value: `${CANARY}-2`,
  });
  const { hold } = (await replaced.json()) as { hold: string };
  const digests = [CANARY, `${CANARY}-2`].map((text) => createHash("sha256").update(text).digest("hex"));
  for (const path of [
    "/api/vault",
    "/api/policy",
    "/api/audit/receipts",
    "/api/holds",
    `/api/holds/${hold}`,
  ]) {
    const text = await (await world.ask(path, { headers: { cookie } })).text();
    expect(text).not.toContain(CANARY);
    for (const digest of digests) expect(text).not.toContain(digest);
  }
});

test("web learns who signed in, with its own verifier, once", async () => {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const state = randomBytes(16).toString("base64url");
  const { next } = (await (await post("/api/sign-in/continue", { state, challenge })).json()) as {
    next: string;
  };
  const url = new URL(next);
  expect(url.origin + url.pathname).toBe(`${WEB_ORIGIN}/auth/callback`);
  expect(url.searchParams.get("state")).toBe(state);
  const redeem = async (with_: string): Promise<Response> =>
    await world.ask("/api/token", {
      method: "POST",
      headers: { host: "127.0.0.1:4601", "content-type": "application/json" },
      body: JSON.stringify({ code: url.searchParams.get("code"), verifier: with_ }),
    });
  expect((await redeem(verifier)).status).toBe(200);
  expect((await redeem(verifier)).ok).toBe(false);
  const keys = (await (await world.ask("/api/keys", { headers: { host: "127.0.0.1:4601" } })).json()) as {
    keys: unknown[];
  };
  expect(keys.keys.length).toBeGreaterThan(0);
});

test("a proposal changes nothing: it opens a hold, and what is not signed is not in force", async () => {
  const before = await world.gate.core.policies.current(ada.organization);
  const resource = { kind: "http", id: "new", name: "Docs", hosts: ["docs.example.com"], workstations: "*" };
  const answer = await post("/api/policy/propose", { put: [{ resource, secret: null }], remove: [] });
  const { hold } = (await answer.json()) as { hold: string };
  expect(await world.gate.core.policies.current(ada.organization)).toEqual(before);
  const detail = (await (await world.ask(`/api/holds/${hold}`, { headers: { cookie } })).json()) as {
    changes: { sign: string; name: string }[];
  };
  expect(detail.changes.filter((line) => line.sign !== "kept")).toEqual([
    expect.objectContaining({ sign: "added", name: "Docs" }),
  ]);
  expect(
    (
      await post("/api/policy/propose", {
        put: [{ resource: { ...resource, hosts: ["HTTPS://x"] }, secret: null }],
        remove: [],
      })
    ).status,
  ).toBe(400);
  expect((await settled(world.gate, ada, ada.foundingHold)).state).toBe("released");
});

test("what nobody foresaw is told as a number, and the log has the rest", async () => {
  const broken = await world.ask("/api/audit/receipts?before=99999999999999999999", { headers: { cookie } });
  expect(broken.status).toBe(400);
  const missing = await world.ask("/nope", { headers: { accept: "text/html" } });
  expect(missing.status).toBe(404);
  expect(await missing.text()).toContain("There is nothing here");
  const api = await world.ask("/api/nope", { headers: { cookie } });
  expect(api.headers.get("content-type")).toBe("application/problem+json");
});
