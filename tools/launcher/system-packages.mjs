// What the product needs from the operating system, and how it gets there: on Debian and Ubuntu as root it is
// installed after saying so; elsewhere one sentence names what is missing and how to get it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run-command.mjs";
import { Refusal, say, saying } from "./say.mjs";
import { isRoot } from "./users.mjs";

const PLACES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const found = (program) =>
  [...PLACES, ...(process.env.PATH ?? "").split(":")].some((folder) => existsSync(join(folder, program)));

/** Each need: the Debian package that answers it, and how to see that it is answered already. */
const needs = {
  engine: { debian: "docker.io", what: "Docker (dockerd)", met: () => found("dockerd") },
  imageMaker: { debian: "mmdebstrap", what: "mmdebstrap", met: () => found("mmdebstrap") },
  keyring: {
    debian: "debian-archive-keyring",
    what: "Debian's archive keys",
    met: () => existsSync("/usr/share/keyrings/debian-archive-keyring.gpg"),
  },
  git: { debian: "git", what: "git", met: () => found("git") },
  certificates: {
    debian: "ca-certificates",
    what: "certificate authorities",
    met: () => existsSync("/etc/ssl/certs/ca-certificates.crt"),
  },
  namespaces: { debian: "util-linux", what: "unshare", met: () => found("unshare") },
  users: { debian: "passwd", what: "useradd", met: () => found("useradd") },
  browser: { debian: "chromium", what: "Chromium", met: () => found("chromium") },
  sandbox: {
    debian: "chromium-sandbox",
    what: "Chromium's sandbox",
    met: () => existsSync("/usr/lib/chromium/chrome-sandbox"),
  },
  letters: {
    debian: "fonts-dejavu-core",
    what: "the DejaVu fonts",
    met: () => existsSync("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
  },
  emoji: {
    debian: "fonts-noto-color-emoji",
    what: "an emoji font",
    met: () => existsSync("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"),
  },
  openssl: { debian: "openssl", what: "openssl", met: () => found("openssl") },
  curl: { debian: "curl", what: "curl", met: () => found("curl") },
  lfs: { debian: "git-lfs", what: "git-lfs", met: () => found("git-lfs") },
  ssh: { debian: "openssh-client", what: "ssh", met: () => found("ssh") },
};

const engineOfOurOwn = ["engine", "imageMaker", "keyring"];
const always = ["git", "certificates", "namespaces", "users"];
const forTests = ["browser", "sandbox", "letters", "emoji", "openssl", "curl", "lfs", "ssh"];

const USERS_DOCKER = "/var/run/docker.sock";

/**
 * Sees to what `npm start` needs. Root gets an engine of our own; anybody else uses the one that is named or the
 * machine's, and Docker itself is then his business.
 * @param {{ dockerSocket: string | null }} settings
 */
export async function bringProductPackages({ dockerSocket }) {
  if (dockerSocket === null && !isRoot() && !existsSync(USERS_DOCKER)) {
    throw new Refusal(
      "Nightgate needs a container engine. Start it as root (sudo npm start) and it brings one of its own, or install Docker for your user and start it again.",
    );
  }
  await bring(dockerSocket !== null || !isRoot() ? always : [...always, ...engineOfOurOwn]);
}

/** Sees to what `npm test` needs: the product's and a browser's. */
export const bringTestPackages = () => bring([...always, ...engineOfOurOwn, ...forTests]);

async function bring(names) {
  const missing = names.map((name) => needs[name]).filter((need) => !need.met());
  if (missing.length === 0) return;
  const packages = missing.map((need) => need.debian);
  if (!(isDebian() && isRoot())) {
    const command = isDebian()
      ? `: sudo apt-get install ${packages.join(" ")}`
      : " with your package manager";
    throw new Refusal(
      `Nightgate needs ${missing.map((need) => need.what).join(", ")}. Install it${command}, then run this again.`,
    );
  }
  say(`  Installing what is missing from this system's own packages: ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  const failed = "The system's packages could not be installed. Install them by hand and run this again.";
  await saying("Reading the package lists", () =>
    mustRun(failed, "apt-get", ["update", "-q"], { env, timeoutMs: 180_000 }),
  );
  const install = ["install", "-q", "-y", "--no-install-recommends", ...packages];
  await saying("Installing", () => mustRun(failed, "apt-get", install, { env, timeoutMs: 420_000 }));
}

function isDebian() {
  if (!existsSync("/etc/os-release")) return false;
  const release = readFileSync("/etc/os-release", "utf8");
  return /^ID(_LIKE)?="?.*\b(debian|ubuntu)\b/m.test(release) && existsSync("/usr/bin/apt-get");
}
