// A server that hangs: whoever asked is told, and once it goes on no half of a transaction is committed with another one.
import { createServer, connect, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openDatabase, type Database } from "./database.ts";
import { cloneDatabase, type TestDatabase } from "./testing.ts";

const TRANSACTION_MS = 1_500;
let database: TestDatabase;
let relay: Server;
let db: Database<"controlOrganizationDirectory">;
const pairs = new Set<[Socket, Socket]>();

beforeAll(async () => {
  database = await cloneDatabase(inject("postgres"));
  const url = new URL(database.urls.web);
  const server = { port: Number(url.port), host: url.hostname };
  relay = createServer((near) => {
    const far = connect(server);
    pairs.add([near, far]);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.pipe(other);
      one.on("error", () => other.destroy());
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => relay.once("listening", resolve));
  const address = relay.address();
  url.port = String(typeof address === "object" && address ? address.port : 0);
  db = openDatabase(url.href, TRANSACTION_MS);
});
afterAll(async () => {
  await db.close();
  for (const [near, far] of pairs) [near, far].map((socket) => socket.destroy());
  relay.close();
  await database.drop();
});

/** What is on its way stays on its way; nobody hears of an end. */
const hang = (): void => {
  for (const [near, far] of pairs) [near, far].map((socket) => socket.unpipe());
};

const ids = async (): Promise<string[]> =>
  await db.asNobody(async (tx) =>
    (await tx.controlOrganizationDirectory.findMany({ orderBy: { id: "asc" } })).map(({ id }) => id),
  );

test("a transaction under which the server hangs fails within its time, and leaves nothing behind", async () => {
  expect(await ids()).toEqual([]);
  const hung = db.asNobody(async (tx) => {
    await tx.controlOrganizationDirectory.create({ data: { id: "org_aaaaaaaaaaaa" } });
    hang();
    await tx.controlOrganizationDirectory.create({ data: { id: "org_bbbbbbbbbbbb" } });
  });
  await expect(hung).rejects.toThrow(/transaction|terminated/i);
  // A connection of its own, not the one that hung: it finds neither, and commits only what it does itself.
  await db.asNobody(
    async (tx) => await tx.controlOrganizationDirectory.create({ data: { id: "org_cccccccccccc" } }),
  );
  expect(await ids()).toEqual(["org_cccccccccccc"]);
});
