/** The base layer: Debian with our packages. Pulled where a registry answers quickly, made by mmdebstrap where not. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Problem } from "@nightgate/shared/problems";
import { LIMITS } from "../limits.ts";
import type { ImageEngine } from "./image-engine.ts";

const DEBIAN = "debian:bookworm-slim";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const SOURCES = [
  "deb http://deb.debian.org/debian bookworm main",
  "deb http://deb.debian.org/debian bookworm-updates main",
  "deb http://deb.debian.org/debian-security bookworm-security main",
];
const LEFT_OUT = [
  "/usr/share/doc/*",
  "/usr/share/man/*",
  "/usr/share/info/*",
  "/usr/share/locale/*",
  "/usr/share/lintian/*",
];

export interface BaseOptions {
  /** infra/images/workstation */
  recipeFolder: string;
  /** Where the file system is laid out before it is packed. Exists, and is emptied by the caller. */
  workFolder: string;
  engine: ImageEngine;
  signal: AbortSignal;
  onLine: (line: string) => void;
  /** Whether the public registry answers at all; asked first, since a pull without one takes minutes to fail. */
  registryAnswers: () => Promise<boolean>;
  /** Who lays out a base that cannot be pulled, where this process is not root. */
  debootstrap?: typeof debootstrap | undefined;
}

/** Everything that decides what the base contains. */
export function baseRecipe(recipeFolder: string): string {
  return JSON.stringify([
    packageNames(recipeFolder),
    readFileSync(join(recipeFolder, "setup.sh"), "utf8"),
    SOURCES,
    LEFT_OUT,
  ]);
}

/** Makes the base image under `reference`. */
export async function makeBase(reference: string, options: BaseOptions): Promise<void> {
  if ((await options.registryAnswers()) && (await pulled(options)))
    return await installOnPulled(reference, options);
  await (options.debootstrap ?? debootstrap)(reference, options);
}

function packageNames(recipeFolder: string): string[] {
  const lines = readFileSync(join(recipeFolder, "packages.txt"), "utf8").split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

async function pulled({ engine, onLine }: BaseOptions): Promise<boolean> {
  try {
    onLine(`Pulling ${DEBIAN}`);
    await engine.pull(DEBIAN, LIMITS.basePullMs);
    return true;
  } catch (error) {
    onLine(
      `${DEBIAN} could not be pulled (${error instanceof Error ? error.message : String(error)}); making it with mmdebstrap`,
    );
    return false;
  }
}

async function installOnPulled(
  reference: string,
  { recipeFolder, engine, onLine }: BaseOptions,
): Promise<void> {
  const script = [
    "set -eu",
    "export DEBIAN_FRONTEND=noninteractive",
    ...LEFT_OUT.map((path) => `echo 'path-exclude=${path}' >> /etc/dpkg/dpkg.cfg.d/90nightgate`),
    "apt-get update -q",
    `apt-get install -q -y --no-install-recommends ${packageNames(recipeFolder).join(" ")}`,
    "apt-get clean",
    readFileSync(join(recipeFolder, "setup.sh"), "utf8"),
    `python3 - <<'PYTHON'\n${readFileSync(join(recipeFolder, "hand-over.py"), "utf8")}PYTHON`,
  ].join("\n");
  await engine.runAndCommit({ from: DEBIAN, script, to: reference, onLine, ms: LIMITS.imageStepMs });
}

/** Lays out the file system with mmdebstrap, which needs root, and imports it under `reference`. */
export async function debootstrap(reference: string, options: BaseOptions): Promise<void> {
  const step = "Making the base system";
  if (!existsSync("/usr/bin/mmdebstrap") || !existsSync(KEYRING)) {
    const why = `no container registry is in reach, and mmdebstrap is not installed; on Debian and Ubuntu "apt-get install mmdebstrap debian-archive-keyring" brings it`;
    throw new Problem("image.failed", { step, why });
  }
  const setup = join(options.recipeFolder, "setup.sh");
  const args = [
    "--variant=minbase",
    "--mode=root",
    "--format=tar",
    `--keyring=${KEYRING}`,
    `--include=${packageNames(options.recipeFolder).join(",")}`,
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    // A half-written image is thrown away, so dpkg need not wait for the disk.
    "--dpkgopt=force-unsafe-io",
    `--customize-hook=copy-in '${setup}' /tmp`,
    '--customize-hook=chroot "$1" sh /tmp/setup.sh',
    "bookworm",
    "-",
    ...SOURCES,
  ];
  // In namespaces of its own: it mounts /proc and /sys below its work folder and does not let itself be interrupted,
  // so that a Ctrl-C would otherwise leave processes, mounts and a half-made system behind.
  const inside = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const work = `TMPDIR=${options.workFolder}`;
  const child = spawn("unshare", [...inside, "--", "env", work, "mmdebstrap", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    // unshare ignores SIGTERM while it waits, and takes everything inside along when it is killed.
    killSignal: "SIGKILL",
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(LIMITS.imageStepMs)]),
  });
  let tail = "";
  createInterface({ input: child.stderr }).on("line", (line) => {
    tail = `${tail} | ${line}`.slice(-LIMITS.commandOutputBytesMax);
    // Its warnings are for people who make Debian; they stay in the tail, for when it fails.
    if (!line.startsWith("W: ")) options.onLine(line.replace(/^I: /, ""));
  });
  const ended = new Promise<string | null>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? null : `mmdebstrap ended with ${signal ?? `status ${code}`}`),
    );
  });
  // Without a name first: half a file system must never be found as the base.
  const [imported, failure] = await Promise.all([
    options.engine.importRootfs(child.stdout).then(
      (id) => ({ id }),
      (error: unknown) => ({ why: String(error) }),
    ),
    ended,
  ]);
  if (failure !== null) throw new Problem("image.failed", { step, why: `${failure}. ${tail.slice(-1000)}` });
  if ("why" in imported) throw new Problem("image.failed", { step, why: imported.why });
  await options.engine.tag(imported.id, reference);
}
