/** What a workstation may use up, and what the host does with its files (C6, C8): attacks that need no gate, by root inside and by the agent. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { type TestFleet, testFleet, type TestWorkstation } from "../testing/workstation.ts";
import { engineClient } from "./docker/engine-client.ts";

const engine = inject("nightgateEngine");
let fleet: TestFleet;
let atlas: TestWorkstation;

beforeAll(async () => {
  fleet = await testFleet(engine);
  atlas = await fleet.workstation("atlas");
});
afterAll(async () => await fleet.close());

describe("what the host does with a workstation's files", () => {
  test("C6: a home that points at the host's files is copied into a backup as it is, and nothing in it is run", async () => {
    const plant = [
      "cd /home/agent && ln -sfn /etc/shadow link && ln -sfn / root && mkdir -p .ssh bin",
      `printf '#!/bin/sh\\necho ran > /tmp/nightgate-ran\\n' | tee .bashrc .profile .envrc bin/tar bin/git bin/docker >/dev/null && chmod +x bin/*`,
      "ln -sfn /run/nightgate gate && rm -rf .cache && ln -sfn /proc/1/root .cache",
    ].join(" && ");
    expect((await atlas.asAgent(["sh", "-c", plant])).status).toBe(0);
    const home = engineClient(engine.socket).getContainer(atlas.containerId);
    // As `npm run backup` does.
    const tar = await text(await home.getArchive({ path: "/home/agent/." }));
    const secrets = readFileSync("/etc/shadow", "utf8")
      .split("\n")
      .filter((line) => line.length > 8);
    expect(tar).toContain("/etc/shadow");
    expect(secrets.filter((line) => tar.includes(line))).toEqual([]);
    expect(tar).not.toContain("gate.sock");
    expect((await atlas.asRoot(["test", "-e", "/tmp/nightgate-ran"])).status).toBe(1);
  });
});

describe("limits", () => {
  test("invariant 12, C8: however much a workstation prints, the host keeps a bounded log of it", async () => {
    const { output, status } = await atlas.asRoot([
      "sh",
      "-c",
      "yes nightgate | head -c 16000000 > /proc/1/fd/1",
    ]);
    expect(`${status} ${output}`).toBe("0 ");
    const { LogPath } = await engineClient(engine.socket).getContainer(atlas.containerId).inspect();
    const folder = dirname(LogPath);
    const kept = (): number =>
      readdirSync(folder)
        .filter((name) => name.includes("-json.log"))
        .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    await expect.poll(kept).toBeGreaterThan(4_000_000);
    expect(kept()).toBeLessThan(12_000_000);
  });

  test("invariant 12, C8: shared memory and open files end at the workstation's own limits", async () => {
    const fill =
      "head -c 3000000000 /dev/zero > /dev/shm/full; stat -c %s /dev/shm/full; rm -f /dev/shm/full";
    const { output } = await atlas.asAgent(["sh", "-c", fill]);
    expect(output).toContain("No space left on device");
    expect(Number(output.trim().split("\n").at(-1))).toBeLessThanOrEqual(LIMITS.shmBytes);
    const files = await atlas.asAgent(["sh", "-c", "ulimit -Hn; ulimit -Hc"]);
    expect(files.output.trim().split("\n")).toEqual([String(LIMITS.openFilesMax), "0"]);
  });

  test("invariant 12: a fork bomb ends at the workstation's own limit and the next command works", async () => {
    const bomb =
      "import os, time\nn = 0\ntry:\n while n < 5000:\n  if os.fork() == 0:\n   time.sleep(5); os._exit(0)\n  n += 1\nexcept OSError: pass\nprint(n)";
    const { output } = await atlas.asAgent(["timeout", "60", "python3", "-c", bomb]);
    expect(Number(output.trim())).toBeGreaterThan(50);
    expect(Number(output.trim())).toBeLessThan(400);
    await expect.poll(async () => (await atlas.asRoot(["true"])).status, { timeout: 20_000 }).toBe(0);
  });

  test("invariant 12: memory above the limit ends the program that took it, not the workstation", async () => {
    const { output } = await atlas.asAgent([
      "sh",
      "-c",
      "python3 -c 'x = bytearray(3 * 1024 ** 3); print(len(x))'; echo status $?",
    ]);
    expect(output).toMatch(/status (137|1)\b/);
    expect((await atlas.asRoot(["echo", "alive"])).output.trim()).toBe("alive");
  });
});
