// `npm start` as an operator meets it: up from nothing, one instance, up again after a crash, and away with Ctrl-C.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProduct, type Product } from "@nightgate/testkit/product";
import { until } from "@nightgate/testkit/until";
import { afterAll, afterEach, describe, expect, inject, test } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../../tools/launcher/start.mjs", import.meta.url));
const PROCESSES = ["postgres", "engine", "rehearsal", "gate", "runner", "provisioner", "web"];

/** Status of a page, asked at 127.0.0.1 with the origin's own host name, as a browser would resolve it. */
const statusOf = (origin: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(origin);
    expect(hostname).toMatch(/\.localhost$/);
    request({ host: "127.0.0.1", port, path: "/", headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });

/** Runs the launcher to its end, on the home of a product. */
const launcher = (product: Product, ...args: string[]): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    const ports = {
      NIGHTGATE_WEB_PORT: new URL(product.web).port,
      NIGHTGATE_GATE_PORT: new URL(product.gate).port,
    };
    const env = {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NIGHTGATE_HOME: product.home,
      ...ports,
    };
    execFile(process.execPath, [LAUNCHER, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: stdout + stderr });
    });
  });

/** Every process of this machine that was told of `home`, or works on it: what a Ctrl-C must not leave. */
function left(home: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`].some((path) => textOf(path).includes(home)),
    )
    .map((pid) => `${pid} ${textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended while we looked.
    return "";
  }
}

const mountsBelow = (home: string): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(home));

describe("with an engine that runs already", () => {
  let product: Product | null = null;
  let home = "";
  const start = async (): Promise<Product> => {
    const { socket } = inject("nightgateEngine");
    product = await startProduct({ dockerSocket: socket, ...(home === "" ? {} : { home }) });
    home = product.home;
    return product;
  };
  afterEach(async () => {
    await product?.stop({ keep: true });
    product = null;
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test("the first start serves both origins and prints a code for the first passkey", async () => {
    const { web, gate, code, pids } = await start();
    expect(code).toMatch(/\S{6,}/);
    expect(Object.keys(pids)).toEqual(expect.arrayContaining(PROCESSES));
    expect(await statusOf(web)).toBeLessThan(500);
    expect(await statusOf(gate)).toBeLessThan(500);
  });

  test("the second start goes on where the first one was, and a third beside it is told so", async () => {
    const up = await start();
    const third = await launcher(up);
    expect(third.code).toBe(1);
    expect(third.said).toContain("running already");
    expect(third.said).toContain(String(up.pids["launcher"]));
    expect(await statusOf(up.web)).toBeLessThan(500);
  });

  test("--code prints another code", async () => {
    const up = await start();
    const { code, said } = await launcher(up, "--code");
    expect(code).toBe(0);
    expect(said).toMatch(/One-time code to enrol with a passkey: \S+/);
    expect(said).not.toContain(String(up.code));
  });

  test("a process that is killed comes back", async () => {
    const up = await start();
    const before = up.pidOf("gate");
    process.kill(before, "SIGKILL");
    await until("the gate to be another process", 15_000, () => up.pidOf("gate") !== before);
    await until("the gate to serve", 15_000, async () => (await statusOf(up.gate)) < 500);
    expect(up.pidOf("gate")).not.toBe(before);
  });

  test("after the launcher itself was killed, the next start ends what was left and serves", async () => {
    const first = await start();
    const runner = first.pidOf("runner");
    process.kill(first.pids["launcher"] ?? 0, "SIGKILL");
    const second = await start();
    expect(existsSync(`/proc/${runner}`)).toBe(false);
    expect(await statusOf(second.web)).toBeLessThan(500);
  });

  test("Ctrl-C leaves no process", async () => {
    const up = await start();
    expect(left(up.home)).not.toEqual([]);
    await up.stop({ keep: true });
    product = null;
    expect(left(home)).toEqual([]);
  });
});

test("Ctrl-C in the middle of making the image leaves no process, no engine and no mount", async () => {
  // An engine of its own, also where the tests were given one.
  const product = await startProduct({ environment: { NIGHTGATE_DOCKER_SOCKET: "" } });
  const engine = product.pids["engine"];
  expect(engine).toBeTypeOf("number");
  expect(mountsBelow(product.home)).not.toEqual([]);
  await product.stop({ keep: true });
  try {
    expect(left(product.home)).toEqual([]);
    expect(mountsBelow(product.home)).toEqual([]);
    expect(existsSync(join(product.home, "launcher/lock.json"))).toBe(false);
  } finally {
    rmSync(product.home, { recursive: true, force: true });
  }
});
