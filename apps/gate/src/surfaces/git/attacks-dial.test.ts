/** Attacks on where the gate dials for a repository: names that lead elsewhere, and names that are bound anew between the check and the dialling. */
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { openScene, type Scene } from "./testing/scene.ts";

const NAME = "upstream.example";
let scene: Scene | null = null;

afterEach(async () => {
  await scene?.stop();
  scene = null;
});

/** The upstream is on loopback: its name is called localhost's, which may lead there. */
async function sceneUnder(host: string): Promise<Scene> {
  scene = await openScene();
  scene.resource.url = scene.upstream.url.replace("127.0.0.1", host);
  return scene;
}

/** Another way to the upstream, which counts who takes it. */
async function openDoor(
  address: string,
  port: number,
): Promise<{ connections(): number; close(): Promise<void> }> {
  let count = 0;
  const door = createServer((socket) => {
    count += 1;
    const onward = connect(port, "127.0.0.1");
    for (const side of [socket, onward]) side.on("error", () => "the other end has gone");
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => door.listen(port, address, resolve));
  return {
    connections: () => count,
    close: () => new Promise((resolve) => door.close(() => resolve())),
  };
}

describe("H4 for git: the address that was checked is dialled", () => {
  test.each(["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1"])(
    "a name that leads to %s is refused for fetch and push, and nothing is dialled",
    async (address) => {
      const at = await sceneUnder(NAME);
      at.names[NAME] = ["203.0.113.5", address];
      const [fetched, pushed] = [await at.git("fetch", "origin"), await at.git("push", "origin", "HEAD:x")];
      for (const { code, text } of [fetched, pushed]) {
        expect(code).not.toBe(0);
        expect(text).toContain("leads to an address of this machine");
      }
      expect(at.upstream.requests).toEqual([]);
    },
  );

  test("git and the pass-through dial the one address that was checked, and not what the machine's resolver says", async () => {
    const at = await sceneUnder("shop.checked.localhost");
    // curl and the system know 127.0.0.1 for such a name; only who was told to dial 127.0.0.2 comes here.
    const door = await openDoor("127.0.0.2", at.upstream.port);
    try {
      at.names["shop.checked.localhost"] = ["127.0.0.2"];
      await at.must("fetch", "origin");
      const fetching = door.connections();
      expect(fetching).toBeGreaterThan(0);
      await at.commit("a.txt", "a\n");
      await at.must("push", "origin", "HEAD:refs/heads/agent/a");
      const syncing = door.connections();
      expect(syncing).toBeGreaterThan(fetching);
      expect((await at.approve(at.onlyHold())).state).toBe("released");
      expect(door.connections()).toBeGreaterThan(syncing);
      expect(at.upstream.requests.length).toBeGreaterThan(0);
    } finally {
      await door.close();
    }
  });

  test("a name bound anew after the hold leads to nothing: the release fails, and sends no credential there", async () => {
    const at = await sceneUnder("shop.checked.localhost");
    at.names["shop.checked.localhost"] = ["127.0.0.1"];
    await at.commit("a.txt", "a\n");
    await at.must("push", "origin", "HEAD:refs/heads/agent/a");
    const before = at.upstream.requests.length;
    delete at.names["shop.checked.localhost"];
    await expect(at.approve(at.onlyHold())).rejects.toMatchObject({ code: "git.upstream-unreachable" });
    expect(at.upstream.requests.length).toBe(before);
    expect(at.markers).toEqual([]);
  });
});
