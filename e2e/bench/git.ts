/**
 * A push of 1 and of 50 MB from a workstation through the gate, beside the same push from the host straight to the same upstream, in turns.
 * Each push through the gate is decided the moment that it is held, by a signature made in software; its time is all of it, from `git push`
 * to its end with the upstream having it. Beside the times, the memory of the gate at its peak, as the kernel counted it.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import { type Evening, readHold, repositoryAddress } from "@nightgate/testkit/evening";
import { median } from "@nightgate/testkit/numbers";
import type { Phone } from "@nightgate/testkit/phone";
import { rehearsalSecrets, upstreamRefs } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { type Inside, lookInside } from "@nightgate/testkit/workstation-inside";
import { z } from "zod";
import { softwareSigner } from "./decide.ts";
import { type BenchProduct, withProduct } from "./product-for-bench.ts";

const SIZES = [
  { mb: 1, repeats: 7 },
  { mb: 50, repeats: 5 },
];
const PUSH_MS_MAX = 300_000;
const LOOK_EVERY_MS = 10;
const MB = 1_000_000;
/** Clients wait for their decision as with an approver who looks. */
export const WAIT = { NIGHTGATE_TEST: "1", NIGHTGATE_CLIENT_WAIT_MS: "60000" };
export const CLONE = "/home/agent/bench-git";

const toldOfHold = z.looseObject({ hold: z.string() });
const cardOfHold = z.looseObject({ undrawn: z.array(z.looseObject({ digest: z.string() })) });

export async function run(): Promise<Record<string, number>> {
  return await withProduct(WAIT, async (product) => {
    const memory = watchGate(product.evening.product.pidOf("gate"));
    const scene = await openScene(product);
    try {
      const found: Record<string, number> = {};
      for (const { mb, repeats } of SIZES) Object.assign(found, await measureSize(scene, mb, repeats));
      return { ...found, ...memory.stop() };
    } finally {
      memory.stop();
      rmSync(scene.host, { recursive: true, force: true });
    }
  });
}

export interface Scene {
  evening: Evening;
  phone: Phone;
  inside: Inside;
  sign: (options: unknown) => unknown;
  /** A clone on the host, which pushes past the gate. */
  host: string;
  direct: string;
}

export async function openScene({ evening, phone, engineSocket }: BenchProduct): Promise<Scene> {
  const inside = lookInside(engineSocket, evening.workstation.id);
  inWorkstation(inside, `git clone -q ${await repositoryAddress(evening)} ${CLONE}`);
  const sign = await softwareSigner(evening);
  // The upstream's address is in what a push asks for; the first one is not measured.
  const first = await pushThroughGate({ evening, phone, inside, sign }, "warm-up", 0);
  const address = new URL(String(z.looseObject({ upstream: z.url() }).parse(first.action).upstream));
  const [credential = ""] = rehearsalSecrets(evening.product.home);
  const [user = "", password = ""] = credential.split(":");
  Object.assign(address, { username: user, password });
  const host = mkdtempSync(join(tmpdir(), "nightgate-bench-git-"));
  execFileSync("git", ["clone", "-q", address.href, host], { stdio: "ignore" });
  return { evening, phone, inside, sign, host, direct: address.href };
}

async function measureSize(scene: Scene, mb: number, repeats: number): Promise<Record<string, number>> {
  const [direct, gate]: [number[], number[]] = [[], []];
  for (let at = 0; at < repeats; at += 1) {
    const name = `${mb}mb-${at}`;
    direct.push(await pushDirectly(scene, name, mb));
    gate.push((await pushThroughGate(scene, name, mb)).tookMs);
  }
  const ratio = Math.round((median(gate) / median(direct)) * 100) / 100;
  return {
    [`push${mb}mbRatio`]: ratio,
    [`push${mb}mbP50Ms`]: median(gate),
    [`push${mb}mbDirectP50Ms`]: median(direct),
  };
}

/** Files of 1 MB that no compression makes smaller, in one commit on a branch of its own. */
export function commitScript(name: string, mb: number): string {
  const files = mb === 0 ? "date > warm.txt" : `head -c ${MB} /dev/urandom > data/$f.bin`;
  return `git checkout -q -B ${name} origin/main && mkdir -p data && for f in $(seq ${Math.max(1, mb)}); do ${files}; done && git add -A && git -c user.name=Bench -c user.email=bench@example.test commit -qm ${name}`;
}

async function pushDirectly({ host, direct }: Scene, name: string, mb: number): Promise<number> {
  execFileSync("sh", ["-c", commitScript(`direct-${name}`, mb)], { cwd: host });
  const started = performance.now();
  const ended = new Promise((resolve) =>
    // Not a branch: the gate keeps up with the upstream's branches, and would fetch this one before the next push.
    spawn("git", ["push", "-q", direct, `HEAD:refs/bench/${name}`], {
      cwd: host,
      stdio: "ignore",
    }).once("close", resolve),
  );
  if ((await ended) !== 0) throw new Error("The direct push failed");
  return performance.now() - started;
}

export async function pushThroughGate(
  { evening, phone, inside, sign }: Pick<Scene, "evening" | "phone" | "inside" | "sign">,
  name: string,
  mb: number,
): Promise<{ tookMs: number; action: unknown }> {
  inWorkstation(inside, `cd ${CLONE} && ${commitScript(`agent/${name}`, mb)}`);
  const told = new Set(holdsTold(phone));
  const pushing = pushInside(inside);
  const hold = await approveAtOnce(evening, sign, await nextPush(phone, told));
  const { code, tookMs, said } = await pushing;
  const arrived = upstreamRefs(evening.product.home)[`refs/heads/agent/${name}`];
  if (code !== 0 || arrived === undefined) throw new Error(`The push of ${name} did not arrive: ${said}`);
  return { tookMs, action: hold.action };
}

/** The clock of the workstation is the host's: it notes when git began and when it ended. */
async function pushInside(inside: Inside): Promise<{ code: number; tookMs: number; said: string }> {
  const script = `cd ${CLONE} && began=$(date +%s%N) && { git push -q origin HEAD 2>&1; echo "$? $began $(date +%s%N)"; }`;
  const output = await inside.start(script);
  const [code = "-1", began = "0", ended = "0"] = (output.trim().split("\n").at(-1) ?? "").split(" ");
  return { code: Number(code), tookMs: Number(BigInt(ended) - BigInt(began)) / MB, said: output };
}

/** The hold that the phone is rung for, as a person would learn of it. Asking the gate again and again would take its time from the push. */
async function nextPush(phone: Phone, told: ReadonlySet<string>): Promise<string> {
  return await until(
    "the phone to be told of a push",
    PUSH_MS_MAX,
    () => holdsTold(phone).find((hold) => !told.has(hold)) ?? null,
    LOOK_EVERY_MS,
  );
}

function holdsTold({ service }: Phone): string[] {
  return service.received.flatMap(({ message }) => {
    const parsed = toldOfHold.safeParse(message);
    return parsed.success ? [parsed.data.hold] : [];
  });
}

async function approveAtOnce(
  evening: Evening,
  sign: Scene["sign"],
  id: string,
): Promise<{ action: unknown }> {
  const hold = await readHold(evening, id);
  const ticked = cardOfHold.parse(hold["card"]).undrawn.map(({ digest }) => digest);
  const path = `${evening.product.gate}/api/holds/${id}/decision`;
  const post = async (step: string, data: unknown): Promise<unknown> => {
    const { status, body } = await askAsPerson(evening.person.context, `${path}/${step}`, {
      method: "POST",
      data,
    });
    if (status > 299) throw new Error(`${step} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  const answer = sign(await post("begin", { verdict: "approve", words: "", ticked }));
  await post("finish", { answer });
  return hold;
}

export function inWorkstation(inside: Inside, script: string): void {
  const { status, output } = inside.run(script, "agent");
  if (status !== 0) throw new Error(`In the workstation: ${output}`);
}

/** The gate's own peak is the kernel's high-water mark since the gate began; that of the git processes that it starts is sampled. */
export function watchGate(gate: number): {
  peaks(): { gateRssMb: number; gitChildrenRssMb: number };
  stop(): { gateRssMb: number; gitChildrenRssMb: number };
} {
  const ended = new AbortController();
  let [childrenMb, ownMb] = [0, 0];
  const sample = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      childrenMb = Math.max(childrenMb, descendantsMb(gate));
      await systemClock.wait(100);
    }
  };
  const sampling = sample();
  const peaks = (): { gateRssMb: number; gitChildrenRssMb: number } => {
    if (!ended.signal.aborted) ownMb = statusMb(gate, "VmHWM");
    return { gateRssMb: ownMb, gitChildrenRssMb: childrenMb };
  };
  return {
    peaks,
    stop: () => {
      const found = peaks();
      ended.abort();
      void sampling;
      return found;
    },
  };
}

function statusMb(pid: number, field: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1000);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

/** Pages that they share, those of mapped packs among them, are counted once for each. */
function descendantsMb(gate: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)))
    parents.set(Number(name), parentOf(Number(name)));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return parent === gate || (parent > 1 && isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow).reduce((sum, pid) => sum + statusMb(pid, "VmRSS"), 0);
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}
