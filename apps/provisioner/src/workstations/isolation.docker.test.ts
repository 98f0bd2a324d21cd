/** The attacks of invariant 1 that need no gate: everything that root in a workstation, and the agent, may try against the box itself (C1, C4, C5). What it may use up: isolation-limits.docker.test.ts. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Outcome, runInside } from "../testing/inside.ts";
import { type TestFleet, testFleet, type TestWorkstation } from "../testing/workstation.ts";
import { engineClient } from "./docker/engine-client.ts";

const engine = inject("nightgateEngine");
const attacks = fileURLToPath(new URL("attacks", import.meta.url));
const users = [{ user: "root" }, { user: "agent" }] as const;
const abstractName = `nightgate-isolation-${process.pid}`;

let fleet: TestFleet;
let atlas: TestWorkstation;
let other: TestWorkstation;
let hostTcp: Server;
let hostAbstract: Server;

beforeAll(async () => {
  fleet = await testFleet(engine);
  atlas = await fleet.workstation("atlas");
  other = await fleet.workstation("other");
  hostTcp = createServer((socket) => socket.end("the host"));
  await new Promise<void>((resolve) => hostTcp.listen(0, "0.0.0.0", resolve));
  hostAbstract = createServer((socket) => socket.end("the host"));
  await new Promise<void>((resolve) => hostAbstract.listen(`\0${abstractName}`, resolve));
});

afterAll(async () => {
  hostTcp.close();
  hostAbstract.close();
  await fleet.close();
});

const run = async (user: "root" | "agent", command: string[]): Promise<Outcome> =>
  await (user === "root" ? atlas.asRoot(command) : atlas.asAgent(command));

/** What a probe printed, by name. */
function findings(output: string): { possible: string[]; refused: string[] } {
  const lines = output.trim().split("\n");
  const named = (word: string): string[] =>
    lines.filter((line) => line.includes(` ${word}`)).map((line) => line.slice(0, line.indexOf(` ${word}`)));
  const [possible, refused] = [named("possible"), named("refused")];
  // A line of another shape is a probe that did not run.
  expect(lines.filter((line) => !/ (possible|refused \S+)$/.test(line))).toEqual([]);
  return { possible, refused };
}

function compiledProbe(folder: string): string[] {
  const source = readFileSync(join(attacks, "probe.c")).toString("base64");
  const build = `mkdir -p ${folder} && echo ${source} | base64 -d > ${folder}/probe.c && gcc -O1 -w -o ${folder}/probe ${folder}/probe.c`;
  return ["sh", "-ec", `${build} && ABSTRACT_NAME=${abstractName} ${folder}/probe`];
}

const CONTROLS = ["control-unix", "control-inet", "control-inet6", "control-netlink-route"];

describe("system calls", () => {
  test.each(users)(
    "invariant 1: $user finds no other kind of socket, no namespace, no mount, no device (C1, C5)",
    async ({ user }) => {
      const { output, status } = await run(user, compiledProbe(`/tmp/probe-${user}`));
      const { possible, refused } = findings(output);
      expect(status).toBe(0);
      expect(possible).toEqual(CONTROLS);
      expect(refused.length).toBeGreaterThan(50);
    },
  );

  test("the probe does find a way where there is one: the same container without our profile", async () => {
    const docker = engineClient(engine.socket);
    const container = await docker.createContainer({
      Image: engine.image,
      Entrypoint: ["sleep", "60"],
      HostConfig: { NetworkMode: "none", SecurityOpt: ["seccomp=unconfined"], CapAdd: ["SYS_ADMIN"] },
    });
    try {
      await container.start();
      const { possible } = findings(
        (await runInside(docker, container.id, compiledProbe("/tmp/probe"))).output,
      );
      expect(possible).toEqual(
        expect.arrayContaining([...CONTROLS, "netlink-generic", "unshare-net", "mount-tmpfs"]),
      );
    } finally {
      await container.remove({ force: true });
    }
  });
});

describe("addresses", () => {
  const addresses = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "10.0.0.1",
    "172.17.0.1",
    "192.168.0.1",
    "1.1.1.1",
    "8.8.8.8",
  ];

  test.each(users)(
    "invariant 1: $user reaches no address, no resolver, no metadata and not the host (C1)",
    async ({ user }) => {
      const address = hostTcp.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const hosts = Object.values(networkInterfaces()).flatMap((list) =>
        (list ?? []).map((one) => one.address.split("%")[0] ?? ""),
      );
      const tcp = [...addresses, "fd00:ec2::254", "2606:4700:4700::1111"].flatMap((host) =>
        [80, 443].map((each) => [host, each]),
      );
      const asked = {
        tcp: [...tcp, ...hosts.map((host) => [host, port])],
        udp: [...addresses, "127.0.0.53", "2606:4700:4700::1111"].map((host) => [host, 53]),
        unix: [],
        write: [],
        create: [],
        open: [],
        unlink: [],
      };
      const { output } = await run(user, [
        "python3",
        "-c",
        readFileSync(join(attacks, "probe.py"), "utf8"),
        JSON.stringify(asked),
      ]);
      const { possible, refused } = findings(output);
      expect(possible).toEqual(["control-write-own-file"]);
      expect(refused.length).toBe(asked.tcp.length + asked.udp.length);
    },
  );
});

describe("sockets and files", () => {
  test.each(users)(
    "invariant 1: $user cannot write where the host listens, nor reach the engine or another workstation (C4, C5)",
    async ({ user }) => {
      const asked = {
        tcp: [],
        udp: [],
        unix: [
          "/var/run/docker.sock",
          "/run/docker.sock",
          engine.socket,
          "/run/containerd/containerd.sock",
          ...["gate", "runner"].flatMap((who) => [
            join(fleet.home, who, "sockets", other.id, `${who}.sock`),
            `/run/nightgate/${who}/../${other.id}/${who}.sock`,
            `/proc/1/root${join(fleet.home, who, "sockets", other.id, `${who}.sock`)}`,
          ]),
        ],
        write: [
          "/proc/sys/kernel/core_pattern",
          "/proc/sys/kernel/modprobe",
          "/proc/sys/vm/overcommit_memory",
          "/proc/sys/net/ipv4/ip_forward",
          "/proc/sysrq-trigger",
          "/sys/kernel/mm/transparent_hugepage/enabled",
          "/sys/fs/cgroup/memory/memory.limit_in_bytes",
          "/sys/fs/cgroup/memory/release_agent",
          "/sys/fs/cgroup/pids/pids.max",
          "/sys/fs/cgroup/memory.max",
        ],
        create: [
          "/run/nightgate/gate/other.sock",
          "/run/nightgate/runner/other.sock",
          "/run/nightgate/gate/gate.sock",
        ],
        open: [
          "/dev/mem",
          "/dev/kmsg",
          "/dev/kvm",
          "/dev/vda",
          "/dev/sda",
          "/dev/fuse",
          "/dev/net/tun",
          "/dev/vsock",
          "/dev/vhost-vsock",
          "/proc/kcore",
        ],
        unlink: ["/run/nightgate/gate/gate.sock", "/run/nightgate/runner/runner.sock"],
      };
      const { output } = await run(user, [
        "python3",
        "-c",
        readFileSync(join(attacks, "probe.py"), "utf8"),
        JSON.stringify(asked),
      ]);
      const { possible, refused } = findings(output);
      expect(possible).toEqual(["control-write-own-file"]);
      expect(refused.length).toBe(Object.values(asked).reduce((sum, list) => sum + list.length, 0));
    },
  );

  test.each(users)(
    "invariant 1: $user reaches its own two sockets and they know which workstation it is (C4)",
    async ({ user }) => {
      const script =
        "import socket\nfor who in ('gate', 'runner'):\n s = socket.socket(socket.AF_UNIX); s.connect(f'/run/nightgate/{who}/{who}.sock'); print(s.recv(100).decode().strip())";
      const { output } = await run(user, ["python3", "-c", script]);
      expect(output.trim().split("\n")).toEqual([`gate of ${atlas.id}`, `runner of ${atlas.id}`]);
      const { output: listing } = await run(user, [
        "ls",
        "/run/nightgate",
        "/run/nightgate/gate",
        "/run/nightgate/runner",
      ]);
      expect(listing).not.toContain(other.id);
    },
  );

  test("invariant 1: the only mounts that root inside can write are its own home and the container's own", async () => {
    const { output } = await atlas.asRoot(["cat", "/proc/self/mountinfo"]);
    const mounts = output
      .trim()
      .split("\n")
      .map((line) => ({
        at: line.split(" ")[4] ?? "",
        writable: line.split(" ")[5]?.startsWith("rw") ?? true,
        from: line.split(" - ")[1] ?? "",
      }));
    const fromDisk = mounts.filter(
      (mount) => mount.writable && mount.from.includes("/dev/") && !mount.at.startsWith("/dev/"),
    );
    expect(fromDisk.map((mount) => mount.at).sort()).toEqual([
      "/etc/hostname",
      "/etc/hosts",
      "/etc/resolv.conf",
      "/home/agent",
    ]);
    expect(
      mounts.filter((mount) => mount.at.startsWith("/run/nightgate/")).map((mount) => mount.writable),
    ).toEqual([false, false]);
  });
});

describe("identity", () => {
  test("root inside is nobody outside", async () => {
    const info = await engineClient(engine.socket).getContainer(atlas.containerId).inspect();
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${info.State.Pid}/status`, "utf8"))?.[1];
    expect(Number(uid)).toBeGreaterThanOrEqual(100_000);
  });

  test.each(users)(
    "$user has the few capabilities of the specification, no new privileges, a filter, and no setuid program to climb",
    async ({ user }) => {
      const { output } = await run(user, ["cat", "/proc/self/status"]);
      expect(/^CapBnd:\s+(\w+)$/m.exec(output)?.[1]).toBe("00000000000000eb");
      expect(/^CapEff:\s+(\w+)$/m.exec(output)?.[1]).toBe(
        user === "root" ? "00000000000000eb" : "0000000000000000",
      );
      expect(output).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(output).toMatch(/^Seccomp:\s+2$/m);
      const found = await run(user, [
        "sh",
        "-c",
        "find / -xdev -perm /6000 -type f 2>/dev/null; getcap -r /usr 2>/dev/null; true",
      ]);
      expect(found.output.trim()).toBe("");
    },
  );

  test("the agent cannot read the supervisor's memory or environment", async () => {
    const files =
      "for path in environ maps auxv; do cat /proc/1/$path >/dev/null 2>&1 && echo $path read; done";
    const folders = "for path in root cwd fd; do ls /proc/1/$path/ >/dev/null 2>&1 && echo $path read; done";
    const script = `${files}; ${folders}; true`;
    expect((await atlas.asAgent(["sh", "-c", script])).output).toBe("");
    expect((await atlas.asRoot(["sh", "-c", script])).output).toContain("environ read");
  });
});

describe("what is still possible", () => {
  test("root inside, with the few capabilities, installs a Debian package that makes a user and hands it files", async () => {
    const script = [
      "mkdir -p /tmp/deb/tool/DEBIAN /tmp/deb/tool/opt && cd /tmp/deb && chmod 0755 . tool tool/DEBIAN tool/opt && echo hello > tool/opt/tool",
      "printf 'Package: tool\\nVersion: 1\\nArchitecture: all\\nMaintainer: nobody <nobody@example.com>\\nDescription: a tool\\n' > tool/DEBIAN/control",
      "printf '#!/bin/sh\\nset -e\\nuseradd --system toolservice\\nchown toolservice /opt/tool\\nsetpriv --reuid toolservice --clear-groups cat /opt/tool >/dev/null\\n' > tool/DEBIAN/postinst",
      "chmod 0755 tool/DEBIAN/postinst && dpkg-deb --root-owner-group --build tool >/dev/null",
      "DEBIAN_FRONTEND=noninteractive apt-get install -q -y ./tool.deb >/tmp/deb/log 2>&1 || cat /tmp/deb/log",
      "stat -c '%U' /opt/tool",
    ].join(" && ");
    expect((await atlas.asRoot(["bash", "-c", script])).output.trim()).toBe("toolservice");
  });
});
