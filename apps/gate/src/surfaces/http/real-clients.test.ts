// The tools that agents use, unchanged, in front of the real surface: through the relay that agentd is, with the workstation's CA, to the real
// registries that this machine installs from. Needs the network, as installing the project does.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCheckedDial } from "../../net/checked-dial.ts";
import { createCheckedLookup, lookupBySystem } from "../../net/checked-lookup.ts";
import { startRelay } from "../../net/testing/tunnel.ts";
import {
  httpResource,
  memoryLog,
  openWorkstation,
  policiesOf,
  type TestWorkstation,
  WORKSTATION,
} from "../../net/testing/world.ts";
import { createUpstreams } from "../../net/upstreams.ts";
import { createWorkstationAuthorities } from "../../net/workstation-authorities.ts";
import { createEgress } from "./egress.ts";

const DEBIAN = "deb.debian.org";
let folder: string;
let workstation: TestWorkstation;
let relay: Awaited<ReturnType<typeof startRelay>>;
let environment: Record<string, string>;
let registry: string;
const counted: string[] = [];
const stops: (() => unknown)[] = [];

/** Runs a client with the workstation's environment and nothing else of ours. */
async function run(
  command: string,
  args: string[],
  more: Record<string, string> = {},
): Promise<{ code: number; out: string }> {
  return await new Promise((resolve) => {
    execFile(
      command,
      args,
      { env: { ...environment, ...more }, cwd: folder, timeout: 60_000, maxBuffer: 32 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, out: stdout + stderr }),
    );
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ng-clients-"));
  mkdirSync(join(folder, "home"));
  environment = { PATH: process.env["PATH"] ?? "", HOME: join(folder, "home") };
  // The registry that this machine installs from, whichever it is; the rest of its npm settings stays outside.
  const configured = await run("npm", ["config", "get", "registry"], { HOME: process.env["HOME"] ?? "" });
  registry = new URL(configured.out.split("\n").find((line) => line.startsWith("http")) ?? "").href;

  const log = memoryLog();
  const upstreams = createUpstreams({
    dial: createCheckedDial({ lookup: createCheckedLookup(lookupBySystem) }),
  });
  const authorities = createWorkstationAuthorities({ folder: join(folder, "ca") });
  const egress = createEgress({
    policies: policiesOf([httpResource([new URL(registry).hostname, DEBIAN])]),
    authorities,
    upstreams,
    traffic: { count: (event) => void counted.push(`${event.verdict} ${event.target}`) },
    denials: { note: () => undefined },
    forge: {
      answer: async () => {
        throw new Error("no repository's API in this test");
      },
    },
    log,
  });
  workstation = await openWorkstation({ forward: egress.forward, connect: egress.connect }, log);
  relay = await startRelay(workstation.socketPath);
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, await authorities.certificate(WORKSTATION));
  const proxy = `http://127.0.0.1:${relay.port}`;
  Object.assign(environment, {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NODE_USE_ENV_PROXY: "1",
    NODE_EXTRA_CA_CERTS: ca,
    SSL_CERT_FILE: ca,
    CURL_CA_BUNDLE: ca,
    npm_config_cache: join(folder, "npm"),
    npm_config_registry: registry,
    npm_config_fetch_retries: "0",
  });
  stops.push(
    () => relay.stop(),
    async () => await workstation.stop(),
    () => egress.stop(),
    async () => await upstreams.stop(),
  );
});

afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("npm", () => {
  test("installs a package, and its audit is refused without harm", async () => {
    writeFileSync(join(folder, "package.json"), '{"name":"x","private":true}');
    const installed = await run("npm", ["install", "is-number@7.0.0", "--audit", "--no-fund"]);
    expect(installed).toMatchObject({ code: 0 });
    expect(
      JSON.parse(readFileSync(join(folder, "node_modules/is-number/package.json"), "utf8")),
    ).toMatchObject({ version: "7.0.0" });
  }, 60_000);

  test("is told why it cannot publish, in the words that it prints", async () => {
    writeFileSync(join(folder, "package.json"), '{"name":"nightgate-not-to-be-published","version":"0.0.1"}');
    const published = await run("npm", ["publish", `--//${new URL(registry).host}/:_authToken=none`]);
    expect(published.code).not.toBe(0);
    expect(published.out).toMatch(
      /403 Refused by nightgate - PUT .* - nightgate: PUT to .* is not allowed: it may be read/,
    );
  }, 60_000);
});

describe("curl", () => {
  test("reads, and shows the sentence for a host that is not open", async () => {
    const read = await run("curl", [
      "-sS",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code} %{http_version}",
      new URL("is-number", registry).href,
    ]);
    expect(read.out).toBe("200 1.1");
    const refused = await run("curl", ["-sS", "https://example.com/path"]);
    expect(refused.out).toContain("nightgate: example.com is not open to this workstation");
    expect(counted).toContain("deny example.com");
  });

  test("says that a port is closed", async () => {
    const refused = await run("curl", ["-sS", `https://${DEBIAN}:8443/`]);
    expect(refused.out).toMatch(/403/);
    expect(refused.code).not.toBe(0);
  });
});

test("Node's fetch, with the proxy from its environment", async () => {
  const script = `const a = await fetch(${JSON.stringify(new URL("is-number/latest", registry).href)}); console.log(a.status, (await a.json()).name);
    const b = await fetch("https://example.com/", { method: "POST", body: "x" }); console.log(b.status, (await b.json()).code);
    const c = await fetch("http://${DEBIAN}/debian/dists/stable/Release", { method: "HEAD" }); console.log(c.status);`;
  const answer = await run(process.execPath, ["--input-type=module", "-e", script]);
  expect(answer.out.trim().split("\n")).toEqual(["200 is-number", "403 egress.host-unknown", "200"]);
});

test("Python's urllib", async () => {
  const script = `import json, urllib.request, urllib.error
print(json.load(urllib.request.urlopen(${JSON.stringify(new URL("is-number/latest", registry).href)}))["name"])
try: urllib.request.urlopen("https://example.com/")
except urllib.error.HTTPError as error: print(error.code, error.reason, json.load(error)["code"])
print(urllib.request.urlopen("http://${DEBIAN}/debian/dists/stable/Release").status)`;
  const answer = await run("python3", ["-c", script]);
  expect(answer.out.trim().split("\n")).toEqual([
    "is-number",
    "403 Refused by nightgate egress.host-unknown",
    "200",
  ]);
});

test.skipIf(!existsSync("/usr/bin/apt-get"))(
  "apt-get reads a suite's lists through the proxy",
  async () => {
    for (const each of [
      "lists/partial",
      "cache/archives/partial",
      "etc/apt.conf.d",
      "etc/preferences.d",
      "etc/trusted.gpg.d",
    ]) {
      mkdirSync(join(folder, "apt", each), { recursive: true });
    }
    writeFileSync(
      join(folder, "apt/sources.list"),
      `deb [trusted=yes] http://${DEBIAN}/debian bookworm-updates main\n`,
    );
    const at = (name: string): string => join(folder, "apt", name);
    const options = [
      `Dir::State::lists=${at("lists")}`,
      `Dir::Cache=${at("cache")}`,
      `Dir::Etc=${at("etc")}`,
      `Dir::Etc::sourcelist=${at("sources.list")}`,
      "Dir::Etc::sourceparts=-",
      "APT::Sandbox::User=root",
      "Acquire::Languages=none",
    ];
    const answer = await run("/usr/bin/apt-get", ["update", ...options.flatMap((option) => ["-o", option])]);
    expect(answer).toMatchObject({ code: 0 });
    expect(answer.out).toMatch(/Get:1 .*bookworm-updates InRelease/);
  },
  60_000,
);
