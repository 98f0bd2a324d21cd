import { connect, createServer } from "node:net";
import { expect, inject, test } from "vitest";
import { cloneDatabase } from "./testing.ts";
import { waitForDatabase } from "./wait-for-database.ts";

test("waits for a server that is not there, says so once, and goes on when it is", async () => {
  const database = await cloneDatabase(inject("postgres"));
  const url = new URL(database.urls.gate);
  const server = { port: Number(url.port), host: url.hostname };
  const relay = createServer((near) => {
    const far = connect(server);
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on("error", () => other.destroy());
  });
  const listen = async (port: number): Promise<number> => {
    await new Promise<void>((resolve) => relay.listen(port, "127.0.0.1", resolve));
    const address = relay.address();
    return typeof address === "object" && address ? address.port : 0;
  };
  const close = async (): Promise<void> => {
    await new Promise((resolve) => relay.close(resolve));
  };
  try {
    const port = await listen(0);
    await close();
    url.port = String(port);
    const heard: string[] = [];
    const waited = waitForDatabase(url.href, () => heard.push("waits")).then(() => heard.push("goes on"));
    await expect.poll(() => heard).toEqual(["waits"]);
    await listen(port);
    await waited;
    expect(heard).toEqual(["waits", "goes on"]);
  } finally {
    await close();
    await database.drop();
  }
});

test("what is no absence is left to the first query: it tells better", async () => {
  const database = await cloneDatabase(inject("postgres"));
  const url = new URL(database.urls.gate);
  url.password = "wrong";
  await waitForDatabase(url.href, () => expect.unreachable("it must not wait"));
  await database.drop();
});
