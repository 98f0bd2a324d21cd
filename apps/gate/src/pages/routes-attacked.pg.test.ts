/**
 * Every address of the gate's pages, attacked by nobody, by another site and by another organization. The list of addresses is the app's own:
 * one that is new and stands in none of the tables below fails here, so that nobody forgets to say whose it is (invariant 9).
 */
import { createHash } from "node:crypto";
import { newId } from "@nightgate/shared/ids";
import type { PolicyDocument } from "@nightgate/shared/policy";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Hold } from "../core/ports.ts";
import { addRepository } from "../testing/fake-push.ts";
import { type Founder, found, ORIGIN } from "../testing/test-core.ts";
import { openPagesWorld, type PagesWorld, WEB_ORIGIN } from "./testing/pages-world.ts";
import {
  BETWEEN_PROCESSES,
  FOR_ANYBODY,
  type Named,
  type NamingBody,
  OF_A_PERSON,
  OF_AN_ORGANIZATION,
} from "./testing/route-tables.ts";

const SECRET = "ghp_canary7Q2xR9tKz4LwVb8nMd";
let world: PagesWorld;
let ada: Founder;
let eve: Founder;
let cookies: { ada: string; eve: string };
let victim: Named;
let holds: Hold[];
let policy: PolicyDocument;

beforeAll(async () => {
  world = await openPagesWorld(inject("postgres"));
  [ada, eve] = [await found(world.gate, "Ada"), await found(world.gate, "Eve")];
  const place = await addRepository(world.gate, ada, SECRET);
  holds = [await world.hold(ada, place, { commit: "a1" }), await world.hold(ada, place, { commit: "a2" })];
  policy = await world.gate.core.policies.current(ada.organization);
  cookies = { ada: await world.cookie(ada), eve: await world.cookie(eve) };
  const [own] = (await (await world.ask("/api/sessions", { headers: { cookie: cookies.ada } })).json()) as {
    id: string;
  }[];
  victim = {
    organization: ada.organization,
    holds: [holds[0]?.id ?? "", holds[1]?.id ?? ""],
    person: ada.person,
    credential: ada.authenticator.passkeys[0]?.credential ?? "",
    resource: place.resource,
    session: own?.id ?? "",
  };
});
afterAll(async () => await world.close());

const nobody = (): Named => ({
  organization: newId("organization"),
  holds: [newId("hold"), newId("hold")],
  person: newId("person"),
  credential: "A".repeat(43),
  resource: newId("resource"),
  session: "0".repeat(16),
});
const known = (): string[] =>
  world.routes.map(({ method, path }) => `${method} ${path}`).filter((each) => each.includes(" /api/"));
const pages = (): string[] =>
  world.routes
    .filter(({ path }) => !path.startsWith("/api/"))
    .map(({ path }) => path.replace(":id", "H-00000000"));

async function send(
  route: string,
  body: object,
  headers: Record<string, string>,
  query = "",
): Promise<Response> {
  const [method = "", path = ""] = route.split(" ");
  return await world.ask(path + query, {
    method,
    headers: { "content-type": "application/json", origin: ORIGIN, ...headers },
    ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
  });
}

const namesIn = ({ holds: pair, ...named }: Named): string[] => [...Object.values(named), ...pair];

/** What Eve is told when she names this, without the names themselves. */
async function told(
  route: string,
  body: NamingBody,
  named: Named,
): Promise<{ status: number; text: string }> {
  const response = await send(
    route.replace(":id", named.holds[0]),
    body(named),
    { cookie: cookies.eve },
    `?organization=${named.organization}`,
  );
  let text = await response.text();
  for (const name of namesIn(named)) text = text.replaceAll(name, "-");
  return { status: response.status, text };
}

test("A1: every address of the gate says whose it is", () => {
  const said = [FOR_ANYBODY, OF_AN_ORGANIZATION, OF_A_PERSON].flatMap((table) => Object.keys(table));
  expect(said).toEqual(expect.arrayContaining(known()));
  expect(new Set(said).size).toBe(said.length);
  expect(known().length).toBeGreaterThan(60);
});

test("without a session every address refuses, but the ways in", async () => {
  for (const route of known()) {
    if (FOR_ANYBODY[route] !== undefined) continue;
    const { status } = await send(route.replace(":id", victim.holds[0]), {}, {});
    // What is wrong with the body may be said first; nothing is done in either case.
    expect([route, status === 401 || status === 400]).toEqual([route, true]);
  }
});

describe("A3: another site, with the person's own session", () => {
  const lies: [string, Record<string, string>, number][] = [
    ["from web", { origin: WEB_ORIGIN }, 403],
    ["from a sandboxed frame", { origin: "null" }, 403],
    ["from the same name on another port", { origin: "http://gate.localhost:9999" }, 403],
    ["from a name that begins like ours", { origin: `${ORIGIN}.evil.example` }, 403],
    ["from a site that is related", { "sec-fetch-site": "same-site" }, 403],
    ["as a form", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["as plain text", { "content-type": "text/plain" }, 415],
    ["as JSON by its second name only", { "content-type": "text/plain; application/json" }, 415],
    ["to another host", { host: "web.localhost:4600" }, 421],
  ];
  test.each(lies)("changes nothing, on no address: %s", async (_how, headers, status) => {
    for (const route of known().filter((each) => each.startsWith("POST ") && !BETWEEN_PROCESSES.has(each))) {
      const answered = await send(
        route.replace(":id", victim.holds[0]),
        {},
        { cookie: cookies.ada, ...headers },
      );
      expect([route, answered.status]).toEqual([route, status]);
      expect(answered.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test.each(["PUT", "PATCH", "DELETE", "OPTIONS"])(
    "nor with %s, nor with a method by another name",
    async (method) => {
      const headers = { cookie: cookies.ada, origin: ORIGIN };
      expect((await world.ask("/api/sign-out", { method, headers })).status).toBe(405);
      const header = await world.ask(`/api/holds/${victim.holds[0]}/settle?_method=POST`, {
        headers: { cookie: cookies.ada, "x-http-method-override": "POST", "x-method-override": method },
      });
      expect(header.status).toBe(404);
      expect((await world.ask("/api/me", { headers: { cookie: cookies.ada } })).status).toBe(200);
    },
  );
});

describe("A1, invariant 9: another organization's founder, who names what is ours", () => {
  test.each(Object.entries(OF_AN_ORGANIZATION))(
    "%s answers as for what does not exist",
    async (route, body) => {
      const [theirs, nothing] = [await told(route, body, victim), await told(route, body, nobody())];
      expect(theirs).toEqual(nothing);
      expect(theirs.status).toBe(404);
    },
  );

  test.each(
    Object.entries(OF_A_PERSON).filter(([route]) => !/events|found.begin|begin$|subscribe/.test(route)),
  )("%s does the same with it as with what does not exist", async (route, body) => {
    const [theirs, nothing] = [await told(route, body, victim), await told(route, body, nobody())];
    expect(theirs).toEqual(nothing);
    expect(theirs.text).not.toContain(ada.person);
  });

  test("the ceremonies that begin for a person offer no passkey of somebody else's", async () => {
    for (const [route, body] of Object.entries(OF_A_PERSON).filter(([each]) => each.endsWith("begin"))) {
      const { text } = await told(route, body, victim);
      expect([route, text.includes(victim.credential) || text.includes(ada.person)]).toEqual([route, false]);
    }
  });

  test("and all of it is as it was", async () => {
    for (const hold of holds)
      expect((await world.gate.core.holds.get(ada.organization, hold.id)).state).toBe("pending");
    expect(await world.gate.core.policies.current(ada.organization)).toEqual(policy);
    expect((await world.ask("/api/me", { headers: { cookie: cookies.ada } })).status).toBe(200);
    const passkeys = await world.gate.core.passkeys.list(ada.person);
    expect(passkeys.map(({ name }) => name)).not.toContain("mine");
    expect(await world.gate.core.receipts.verify(ada.organization)).toMatchObject({ firstBad: null });
  });
});

describe("A10: what nobody would send", () => {
  const noFault = (): void =>
    expect(world.gate.logged.filter(({ message }) => message === "a page failed")).toEqual([]);

  test.each([
    ["a path", "..%2f..%2fetc%2fpasswd"],
    ["a NUL", "%00"],
    ["a line break with a header", "H-00000000%0d%0aset-cookie:%20x=y"],
    ["a name of JavaScript's", "__proto__"],
    ["SQL", "'%20OR%201=1--"],
    ["what is not UTF-8", "%ff%fe"],
    ["a very long one", "x".repeat(4000)],
  ])("as an id is none, and no fault of the gate's: %s", async (_what, id) => {
    for (const path of [
      "/api/holds/",
      "/holds/",
      "/assets/",
      "/api/policy?organization=",
      "/api/holds?before=",
    ]) {
      const response = await world.ask(path + id, { headers: { cookie: cookies.ada } });
      expect([path, response.status < 500]).toEqual([path, true]);
      expect(response.headers.get("set-cookie")).toBeNull();
    }
    noFault();
  });

  const deep = "[".repeat(50_000) + "]".repeat(50_000);
  test.each([
    ["a prototype", '{"__proto__":{"person":"per_x"},"constructor":1}'],
    ["fifty thousand lists in each other", `{"answer":${deep},"name":"x"}`],
    [
      "a NUL in every text",
      '{"answer":{"id":"\\u0000"},"name":"x\\u0000","code":"\\u0000","token":"\\u0000","personName":"\\u0000x"}',
    ],
    [
      "half a character in every text",
      '{"answer":{"id":"\\ud800"},"name":"x\\ud800","code":"x\\ud800","token":"\\ud800"}',
    ],
    ["numbers beyond any", '{"quorum":1e999,"index":-0,"answer":{"id":1e308}}'],
  ])("as a body is refused, on every address, and no fault of the gate's: %s", async (_what, body) => {
    for (const route of known().filter((each) => each.startsWith("POST ") && !each.endsWith("/sign-out"))) {
      const response = await world.ask(route.slice(5).replace(":id", victim.holds[0]), {
        method: "POST",
        headers: { "content-type": "application/json", origin: ORIGIN, cookie: cookies.ada },
        body,
      });
      expect([route, response.status < 500]).toEqual([route, true]);
    }
    noFault();
  });
});

test("A3: no page of the gate opens to a session alone what only a passkey may: every address that decides wants an assertion", async () => {
  const deciding = known().filter((route) =>
    /decision\/finish|sheet\/finish|passkeys\/sign|code\/finish|candidates\/finish/.test(route),
  );
  expect(deciding).toHaveLength(5);
  for (const route of deciding) {
    const empty = { answer: {}, first: victim.holds[0] };
    const response = await send(route.replace(":id", victim.holds[0]), empty, { cookie: cookies.ada });
    expect([route, response.ok]).toEqual([route, false]);
  }
  for (const page of pages()) {
    const response = await world.ask(page, { headers: { cookie: cookies.ada } });
    expect([page, response.status < 400 || response.status === 404]).toEqual([page, true]);
  }
  expect((await world.gate.core.holds.get(ada.organization, victim.holds[0])).state).toBe("pending");
});

test("A2: a stream that is open says no more from the moment in which the membership changed", async () => {
  const stream = await world.ask("/api/events", { headers: { cookie: cookies.eve } });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader?.read())?.value ?? "";
  const announce = async (change: object): Promise<void> =>
    void (await world.gate.forge(eve.organization, "SELECT pg_notify('nightgate_changes', $1)", [
      JSON.stringify(change),
    ]));
  await announce({ table: "control.members", organization: eve.organization, id: eve.person });
  await announce({ table: "gate.holds", organization: eve.organization, id: "H-AFTER000" });
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) text += part.value;
  expect(text).toContain("event: ready");
  expect(text).not.toContain("H-AFTER000");
});

test("A10, invariant 12: a page that does not read what it is told has its stream ended, however much is announced", async () => {
  const stream = await world.ask("/api/events", { headers: { cookie: cookies.eve } });
  await expect.poll(() => world.gate.core.presence.isWatched(eve.organization)).toBe(true);
  const change = JSON.stringify({ table: "gate.holds", organization: eve.organization, id: "H-FLOOD000" });
  const flood = `SELECT count(pg_notify('nightgate_changes', $1 || repeat(' ', n))) FROM generate_series(1, 3000) n`;
  await world.gate.forge(eve.organization, flood, [change]);
  await expect.poll(() => world.gate.core.presence.isWatched(eve.organization)).toBe(false);
  await stream.body?.cancel();
});

test("V1: no address tells anything of a secret: not its text, not an end of it, not a digest", async () => {
  const digests = ["sha256", "sha1", "md5"].flatMap((name) =>
    (["hex", "base64", "base64url"] as const).map((form) => createHash(name).update(SECRET).digest(form)),
  );
  const parts = [
    SECRET.slice(0, 8),
    SECRET.slice(-6),
    Buffer.from(SECRET).toString("base64").slice(0, 16),
    ...digests,
  ];
  const routes = known().filter((route) => route.startsWith("GET ") && !route.endsWith("/events"));
  for (const route of routes) {
    const response = await send(route.replace(":id", ada.foundingHold), {}, { cookie: cookies.ada });
    const text = await response.text();
    expect([route, parts.filter((part) => text.includes(part))]).toEqual([route, []]);
  }
  expect(routes.length).toBeGreaterThan(10);
});
