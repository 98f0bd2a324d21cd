/** Our own engine under the worst: killed, killed with its parent, and started over what is left. Invariant 10 hangs on it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type TestFleet, testFleet } from "../testing/workstation.ts";
import { engineClient } from "../workstations/docker/engine-client.ts";
import { dockerImageEngine } from "../workstations/docker/image-engine.ts";
import { repositoryRoot } from "../workstations/places.ts";
import { enginePaths } from "./paths.ts";

const home = mkdtempSync(join(tmpdir(), "nightgate-engine-"));
const paths = enginePaths(home);
const docker: Docker = engineClient(paths.socket);
let engine: ChildProcess | null = null;
let containerId = "";

/** Starts the engine the way the launcher does and waits for its "ready". */
async function start(): Promise<ChildProcess> {
  const env: NodeJS.ProcessEnv = { ...process.env, NIGHTGATE_HOME: home };
  delete env["NIGHTGATE_DOCKER_SOCKET"];
  const child = spawn(process.execPath, [join(repositoryRoot, "apps/provisioner/src/cli/engine.ts")], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    expect(line).toBe(`ready ${paths.socket}`);
    break;
  }
  engine = child;
  return child;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

const dockerdPid = (): number => Number(readFileSync(paths.pidFile, "utf8"));
const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
const containerPid = async (): Promise<number> =>
  (await docker.getContainer(containerId).inspect()).State.Pid;

/** A program of a few kilobytes that sleeps, made in a workstation, as an image. */
async function sleeperImage(): Promise<NodeJS.ReadableStream> {
  const fleet: TestFleet = await testFleet(inject("nightgateEngine"));
  try {
    const workstation = await fleet.workstation("compiler");
    const source = "#include <unistd.h>\nint main(void) { for (;;) pause(); }";
    const script = `cd /tmp && printf '%s' '${source}' > s.c && gcc -static -o sleeper s.c && tar -c sleeper | base64 -w0`;
    const { output } = await workstation.asRoot(["sh", "-ec", script]);
    const tar = spawn("base64", ["-d"], { stdio: ["pipe", "pipe", "inherit"] });
    tar.stdin.end(output);
    return tar.stdout;
  } finally {
    await fleet.close();
  }
}

beforeAll(async () => {
  await start();
  const image = await dockerImageEngine(docker).importRootfs(await sleeperImage());
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["/sleeper"],
    HostConfig: { NetworkMode: "none" },
  });
  containerId = container.id;
  await container.start();
});

afterAll(async () => {
  if (engine?.exitCode === null && engine.signalCode === null) await kill(engine, "SIGTERM");
  if (existsSync(paths.run)) throw new Error(`${paths.run} was left behind`);
  rmSync(home, { recursive: true, force: true });
});

// In order: each test starts from what the one before it left.
describe("an engine of our own", () => {
  test("maps root inside to nobody outside, and has no network to give", async () => {
    const info = (await docker.info()) as { SecurityOptions: string[]; LiveRestoreEnabled: boolean };
    expect(info.SecurityOptions).toContain("name=userns");
    expect(info.LiveRestoreEnabled).toBe(true);
    const networks = await docker.listNetworks();
    expect(networks.map((network) => network.Name).sort()).toEqual(["host", "none"]);
  });

  test("invariant 10: killed with SIGKILL, its parent too, it ends no workstation, and the next one finds it", async () => {
    const pid = await containerPid();
    const dockerd = dockerdPid();
    await kill(engine as ChildProcess, "SIGKILL");
    // It is told to go by the death of its parent.
    await expect.poll(() => isAlive(dockerd), { timeout: 20_000 }).toBe(false);
    expect(isAlive(pid)).toBe(true);
    await start();
    expect(await containerPid()).toBe(pid);
  });

  test("invariant 10: dockerd itself killed with SIGKILL ends no workstation, and our process says so and ends", async () => {
    const pid = await containerPid();
    const child = engine as ChildProcess;
    const ended = once(child, "exit");
    process.kill(dockerdPid(), "SIGKILL");
    expect((await ended)[0]).toBe(1);
    expect(isAlive(pid)).toBe(true);
    await start();
    expect(await containerPid()).toBe(pid);
    expect((await docker.getContainer(containerId).inspect()).State.Running).toBe(true);
  });

  test("SIGTERM stops workstations and leaves nothing behind; a pid file that names a stranger does not stop the next start", async () => {
    const pid = await containerPid();
    await kill(engine as ChildProcess, "SIGTERM");
    expect(isAlive(pid)).toBe(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(paths.run);
    expect(existsSync(paths.run)).toBe(false);
    mkdirSync(paths.run, { recursive: true });
    writeFileSync(paths.pidFile, `${process.pid}`);
    await start();
    expect(await docker.getContainer(containerId).inspect()).toMatchObject({ State: { Running: false } });
    await docker.getContainer(containerId).start();
    expect(await containerPid()).toBeGreaterThan(0);
  });
});
