// Invariant 1, from inside a workstation of the running product, as root there: nothing but the two sockets leads out. The box by
// itself, down to its system calls, is attacked in apps/provisioner (isolation.docker.test.ts); here the gate, web and Postgres are up.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newId } from "@nightgate/shared/ids";
import { askAsPerson } from "@nightgate/testkit/ask-as-person";
import { databaseUrlOf } from "@nightgate/testkit/product-database";
import { rehearsalSecrets } from "@nightgate/testkit/sample-upstream";
import { until } from "@nightgate/testkit/until";
import { lookInside } from "@nightgate/testkit/workstation-inside";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type Night, openNight } from "../support/evenings.ts";
import { tellOnFailure } from "../support/world.ts";

const ATTACKS = fileURLToPath(new URL("../../apps/provisioner/src/workstations/attacks", import.meta.url));
const OTHER_MS_MAX = 60_000;
let night: Night;
let other: string;

beforeAll(async () => {
  night = await openNight();
  other = await anotherWorkstation();
});
beforeEach(() => tellOnFailure(night));
afterAll(async () => await night?.stop());

/** A second workstation of the same organization, up and with its sockets. */
async function anotherWorkstation(): Promise<string> {
  const { person, product } = night.evening;
  const workstation = newId("workstation");
  const { status } = await askAsPerson(person.context, `${product.web}/api/workstations`, {
    method: "POST",
    data: { workstation, name: "other" },
  });
  expect(status).toBe(200);
  return await until("the other workstation", OTHER_MS_MAX, () => {
    lookInside(inject("nightgateEngine").socket, workstation);
    return workstation;
  });
}

/** The command that puts an attack into the workstation's /tmp. */
function planted(name: string): string {
  return `echo ${readFileSync(join(ATTACKS, name)).toString("base64")} | base64 -d > /tmp/${name}`;
}

/** Starts it, to go on by itself, and answers once it has said `word`. */
async function inBackground(name: string, argument: string, word: string): Promise<string> {
  const out = `/tmp/${name}.out`;
  night.inside.run(`${planted(name)}; nohup python3 /tmp/${name} ${argument} >${out} 2>&1 </dev/null &`);
  return await until(`${name} says ${word}`, 20_000, () => {
    const { output } = night.inside.run(`cat ${out}`);
    if (!output.includes(word)) throw new Error(output);
    return output;
  });
}

/** What the probe could do, and how much it was refused. A line of another shape is a probe that did not run. */
function probe(asked: Record<string, unknown>): { possible: string[]; refused: number } {
  const all = JSON.stringify({
    tcp: [],
    udp: [],
    unix: [],
    write: [],
    create: [],
    open: [],
    unlink: [],
    ...asked,
  });
  const { output, status } = night.inside.run(`${planted("probe.py")} && python3 /tmp/probe.py '${all}'`);
  expect(status, output).toBe(0);
  const lines = output.split("\n");
  expect(lines.filter((line) => !/ (possible|refused \S+)$/.test(line))).toEqual([]);
  const possible = lines.filter((line) => line.endsWith(" possible")).map((line) => line.slice(0, -9));
  return { possible, refused: lines.length - possible.length };
}

const portOf = (url: string): number => Number(new URL(url).port);

describe("as root in a workstation of the running product", () => {
  test("invariant 1: the only interface is loopback, and there is no route", () => {
    const { output } = night.inside.run(
      "ls /sys/class/net; cat /proc/net/route /proc/net/ipv6_route | grep -v lo$",
    );
    expect(output.split("\n").filter((line) => line !== "" && !line.startsWith("Iface"))).toEqual(["lo"]);
  });

  test("invariant 1: no address, no resolver, no metadata; and of web, gate, Postgres and the rehearsal, which listen on the host's loopback, nothing", () => {
    const { product } = night;
    const postgres = databaseUrlOf(product.home, "gate");
    const rehearsal = Number(
      readFileSync(join(product.home, "launcher/ports.json"), "utf8").match(/\d+/)?.[0],
    );
    expect(rehearsal).toBeGreaterThan(0);
    const ports = [portOf(product.web), portOf(product.gate), rehearsal, portOf(postgres) || 5432];
    const tcp = [
      ...ports.map((port) => ["127.0.0.1", port]),
      ...ports.map((port) => ["::1", port]),
      ["169.254.169.254", 80],
      ["192.0.2.1", 80],
      ["192.0.2.1", 443],
      ["10.0.0.1", 22],
      ["fd00:ec2::254", 80],
    ];
    const udp = [
      ["192.0.2.1", 53],
      ["169.254.169.254", 53],
    ];
    const { possible, refused } = probe({ tcp, udp });
    expect(possible).toEqual(["control-write-own-file"]);
    expect(refused).toBe(tcp.length + udp.length);
  });

  test("invariant 1: no vsock, packet or raw socket", () => {
    const script = [
      "import socket",
      "for name, args in {'vsock': (40, 1, 0), 'packet': (17, 3, 0x300), 'raw': (2, 3, 1), 'bluetooth': (31, 3, 0), 'xdp': (44, 3, 0)}.items():",
      " try:",
      "  socket.socket(*args); print(name, 'possible')",
      " except OSError as error: print(name, 'refused')",
    ].join("\n");
    const { output } = night.inside.run(`python3 -c "${script}"`);
    expect(output.split("\n")).toEqual(
      ["vsock", "packet", "raw", "bluetooth", "xdp"].map((name) => `${name} refused`),
    );
  });

  test("invariant 1: only its own two sockets are there, and another workstation's are nowhere", () => {
    const { home } = night.product;
    const { output } = night.inside.run("find /run/nightgate -mindepth 1 | sort");
    expect(output.split("\n")).toEqual(
      expect.arrayContaining(["/run/nightgate/gate/gate.sock", "/run/nightgate/runner/runner.sock"]),
    );
    expect(night.inside.run("find / -xdev -type s 2>/dev/null; mount").output).not.toContain(other);
    const unix = ["gate", "runner"].flatMap((who) => [
      join(home, who, "sockets", other, `${who}.sock`),
      `/run/nightgate/${who}/../${other}/${who}.sock`,
      `/proc/1/root${join(home, who, "sockets", other, `${who}.sock`)}`,
    ]);
    unix.push("/var/run/docker.sock", "/run/docker.sock", inject("nightgateEngine").socket);
    const create = ["/run/nightgate/gate/mine.sock", "/run/nightgate/runner/mine.sock"];
    const unlink = ["/run/nightgate/gate/gate.sock", "/run/nightgate/runner/runner.sock"];
    const { possible, refused } = probe({ unix, create, unlink });
    expect(possible).toEqual(["control-write-own-file"]);
    expect(refused).toBe(unix.length + create.length + unlink.length);
  });

  test("invariant 1: whatever a request says of itself, the gate answers as to this workstation", () => {
    const claim = `-H 'Nightgate-Workstation: ${other}' -H 'X-Forwarded-For: 10.0.0.1' -H 'Authorization: Bearer ${other}'`;
    const { output } = night.inside.run(
      `curl -sS --max-time 10 --unix-socket /run/nightgate/gate/gate.sock ${claim} http://gate.nightgate/nightgate/environment`,
    );
    expect(output).toContain(night.evening.workstation.id);
    expect(output).not.toContain(other);
  });
});

describe("with the sockets themselves, and with the relay", () => {
  test("invariant 1, C3: open files and false credentials that are handed over are taken by nobody", async () => {
    const pids = ["gate", "runner"].map((name) => night.product.pidOf(name));
    const open = (pid: number): string[] =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
        } catch {
          return []; // closed since it was listed
        }
      });
    const before = pids.map((pid) => open(pid).length);
    const sent = await inBackground("pass-descriptors.py", "/tmp/enough", "sent");
    expect(sent).toMatch(/^sent to gate [89], to runner [4-9]$/);
    expect(pids.flatMap(open).filter((path) => path.includes("nightgate-passed"))).toEqual([]);
    for (const [at, pid] of pids.entries()) expect(open(pid).length).toBeLessThan((before[at] ?? 0) + 50);
    night.inside.run("touch /tmp/enough");
    expect(asked("curl -sS --unix-socket /run/nightgate/gate/gate.sock")).toContain(
      night.evening.workstation.id,
    );
  });

  test("invariant 2, C9: the relay's memory, which root inside can read, has nothing that the gate keeps", () => {
    const wanted = [night.evening.workstation.id, ...rehearsalSecrets(night.product.home)];
    expect(wanted.length).toBeGreaterThan(2);
    const texts = wanted.map((text) => Buffer.from(text).toString("base64")).join(" ");
    const { output } = night.inside.run(
      `${planted("look-into-agentd.py")}; python3 /tmp/look-into-agentd.py ${texts}`,
    );
    // The first is the workstation's own id, which agentd does have: the look sees what is there.
    expect(output).toMatch(/^\d+ MiB, found: 0$/);
  });

  test("invariant 1, C9, C10: with agentd stopped, a relay of root's own that claims to be another gets the same answers", async () => {
    const agentd = night.inside.run("pgrep -f '[a]gentd' | xargs").output;
    try {
      night.inside.run(`kill -STOP ${agentd}`);
      await inBackground("own-relay.py", "9797", "listens");
      const through = "env -u NO_PROXY -u no_proxy curl -sS --max-time 10 -x http://127.0.0.1:9797";
      expect(asked(through)).toContain(night.evening.workstation.id);
      expect(night.inside.run(`${through} http://example.com/`).output).toContain(
        "example.com is not open to this workstation",
      );
      expect(night.inside.run(`${through} https://example.com/ 2>&1`).output).toContain("403");
      night.inside.run("kill $(pgrep -f own-relay.py)");
    } finally {
      night.inside.run(`kill -CONT ${agentd}`);
    }
    expect(night.inside.run("nightgate whoami", "agent").output).toContain(night.evening.workstation.id);
  });

  const asked = (how: string): string =>
    night.inside.run(`${how} http://gate.nightgate/nightgate/environment`).output;
});

describe("what does lead out, through the gate", () => {
  test("an agent installs from npm, and as its own root from Debian, on the first evening", () => {
    const npm = night.inside.run(
      "cd $(mktemp -d) && npm init -y >/dev/null && npm install --no-audit --no-fund is-number && node -e 'console.log(require(\"is-number\")(5))'",
      "agent",
    );
    expect(npm.output).toMatch(/true$/);
    expect(npm.status).toBe(0);
    const apt = night.inside.run("nightgate apt install hello && hello", "agent");
    expect(apt.output, apt.output).toMatch(/Hello, world!/);
    expect(apt.status).toBe(0);
  });

  test("a host that nobody opened gets a sentence that says what to do", () => {
    for (const url of ["https://example.com/", "http://example.com/"]) {
      const { output, status } = night.inside.run(
        `curl -sS --max-time 10 -w '%{http_code}' ${url} 2>&1`,
        "agent",
      );
      expect(`${status} ${output}`).toContain("403");
    }
    const { output } = night.inside.run("curl -sS --max-time 10 http://example.com/ 2>&1", "agent");
    expect(output).toMatch(/example\.com is not open to this workstation.*ask your human/s);
  });
});
