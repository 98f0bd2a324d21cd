/** Peers and their messages over a real database: what the pages show, and that another organization's are not there. */
import type {} from "@nightgate/db/testing-setup";
import { newId } from "@nightgate/shared/ids";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import type { Member } from "../../server/member.ts";
import { seedPeers } from "../../testing/seed-peers.ts";
import { seed } from "../../testing/seed.ts";
import { headersModule, openTestWeb, type TestWeb } from "../../testing/test-web.ts";

const { jar } = vi.hoisted(() => ({ jar: new Map<string, string>() }));
vi.mock("next/headers", () => headersModule(jar));
vi.mock("next/navigation", () => ({ useRouter: () => ({ refresh: () => undefined }) }));

let web: TestWeb;
let member: Member;
let messages: Record<string, string>;
const ALL = { show: "all", before: null } as const;

beforeAll(async () => {
  web = await openTestWeb(inject("postgres"), jar);
  const ours = await seed(web.database.urls, "full", 5);
  messages = await seedPeers(web.database.urls.superuser, ours);
  // Somebody else's night, which must not be seen.
  await seedPeers(web.database.urls.superuser, await seed(web.database.urls, "full", 5));
  const { organization, person } = ours;
  member = { organization, person, role: "member", personName: "", organizationName: "" };
});
afterAll(async () => await web.close());

test("who is there: workstations with what they say of themselves and work on, and people", async () => {
  const { openPeers } = await import("./queries.ts");
  const { peers, people, mayWrite } = await openPeers(member, ALL);
  expect(peers.map(({ name, state }) => [name, state])).toEqual([
    ["atlas", "ready"],
    ["borealis", "stopped"],
  ]);
  expect(peers[0]?.descriptions.map(({ agent }) => agent)).toEqual(["", "claude"]);
  expect(peers[0]?.tasks.map(({ state }) => state)).toContain("awaiting_approval");
  expect(peers[0]?.tasks.map(({ state }) => state)).not.toContain("succeeded");
  expect(people).toMatchObject([{ name: "Robin Vega", role: "owner", you: true }]);
  expect(people[0]?.seenAt).not.toBeNull();
  expect(mayWrite).toBe(true);
});

test("messages are listed newest first, page by page, and the open ones by themselves", async () => {
  const { openPeers } = await import("./queries.ts");
  const { messages: all } = await openPeers(member, ALL);
  const names = ["open", "note", "answered", "expired"];
  expect(all.map(({ id }) => id)).toEqual(names.map((name) => messages[name]));
  const { messages: older } = await openPeers(member, { show: "all", before: messages["note"] ?? "" });
  expect(older.map(({ id }) => id)).toEqual([messages["answered"], messages["expired"]]);
  const { messages: open } = await openPeers(member, { show: "open", before: null });
  expect(open.map(({ id }) => id)).toEqual([messages["open"], messages["note"]]);
});

test("the way of a message reads as a story, with the tasks that it passed", async () => {
  const { openMessage } = await import("./queries.ts");
  const { Trace } = await import("./ui/trace.tsx");
  const page = await openMessage(member, messages["answered"] ?? "");
  expect(page?.steps.map(({ what }) => what)).toEqual([
    "claude on atlas asks claude on atlas",
    "Nobody was at work there: a run is begun for it",
    "The workstation has it",
    "claude on atlas is working on it",
    "claude on atlas answers",
    "claude on atlas is told, as its next prompt",
  ]);
  expect(page?.steps[1]?.task?.title).toMatch(/Migrate/u);
  expect(page).toMatchObject({ mayAnswer: false, next: null, together: [] });
  const drawn = page === null ? "" : renderToString(createElement(Trace, { page }));
  expect(drawn).toContain("rounding_mode");
  expect(drawn).not.toContain("Answer in place");
});

test("a question that is open can be answered by whoever may act, and by nobody else", async () => {
  const { openMessage } = await import("./queries.ts");
  const page = await openMessage(member, messages["open"] ?? "");
  expect(page).toMatchObject({
    mayAnswer: true,
    next: "claude on atlas has it. An answer is awaited.",
    message: { state: { label: "Delivered" } },
  });
  const seen = await openMessage({ ...member, role: "viewer" }, messages["open"] ?? "");
  expect(seen?.mayAnswer).toBe(false);
  expect((await openMessage(member, messages["note"] ?? ""))?.mayAnswer).toBe(false);
});

test("invariant 9: peers, people and messages of another organization are not there", async () => {
  const { openMessage, openPeers } = await import("./queries.ts");
  const stranger = { ...member, organization: newId("organization") };
  expect(await openPeers(stranger, ALL)).toMatchObject({ peers: [], people: [], messages: [] });
  expect(await openMessage(stranger, messages["answered"] ?? "")).toBeNull();
  // Nor does a message of theirs say where in the list it would stand.
  expect((await openPeers(member, { show: "all", before: newId("message") })).messages).toEqual([]);
});
