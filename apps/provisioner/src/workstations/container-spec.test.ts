import { readFileSync } from "node:fs";
import { Problem } from "@nightgate/shared/problems";
import { describe, expect, test } from "vitest";
import { containerSpec } from "./container-spec.ts";
import { seccompProfileFile } from "./places.ts";

const wish = {
  organization: "org_a",
  workstation: "ws_0123456789ab",
  name: "atlas",
  image: "nightgate/workstation:abc",
  cpus: 1.5,
  memoryBytes: 2 ** 31,
  pids: 512,
};
const surroundings = {
  installation: "inst",
  gateFolder: "/home/gate/sockets/ws",
  runnerFolder: "/home/runner/sockets/ws",
  seccompProfile: "{}",
};
const spec = containerSpec(wish, surroundings);
const host = spec.HostConfig;

describe("the container specification", () => {
  test("invariant 1: no network, no privilege, no port, and capabilities from a short list", () => {
    expect(host).toMatchObject({
      NetworkMode: "none",
      Privileged: false,
      PublishAllPorts: false,
      CapDrop: ["ALL"],
      IpcMode: "private",
    });
    expect(host?.CapAdd).toEqual(["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"]);
    expect(host?.SecurityOpt).toEqual(["no-new-privileges", "seccomp={}"]);
    for (const way of [
      "Binds",
      "PortBindings",
      "Devices",
      "VolumesFrom",
      "PidMode",
      "UsernsMode",
      "DeviceRequests",
      "Links",
    ])
      expect(host).not.toHaveProperty(way);
    expect(spec).not.toHaveProperty("NetworkingConfig");
    expect(spec).not.toHaveProperty("ExposedPorts");
  });

  test("invariant 1: two folders read-only and a home, and no other mount", () => {
    const mounts = host?.Mounts?.map(({ Type, Source, Target, ReadOnly }) => ({
      Type,
      Source,
      Target,
      ReadOnly,
    }));
    expect(mounts).toEqual([
      { Type: "bind", Source: "/home/gate/sockets/ws", Target: "/run/nightgate/gate", ReadOnly: true },
      { Type: "bind", Source: "/home/runner/sockets/ws", Target: "/run/nightgate/runner", ReadOnly: true },
      {
        Type: "volume",
        Source: "nightgate-home-inst-ws_0123456789ab",
        Target: "/home/agent",
        ReadOnly: false,
      },
    ]);
  });

  test("invariant 2: hands nothing over in variables", () => {
    expect(spec.Env).toEqual([]);
  });

  test("invariant 12: every resource has a limit", () => {
    expect(host).toMatchObject({
      NanoCpus: 1_500_000_000,
      Memory: 2 ** 31,
      MemorySwap: 2 ** 31,
      PidsLimit: 512,
    });
    expect(host?.Ulimits?.map((limit) => limit.Name).sort()).toEqual(["core", "nofile"]);
    expect(host?.LogConfig?.Config).toMatchObject({ "max-size": "5m", "max-file": "2" });
    expect(host?.ShmSize).toBeGreaterThan(0);
  });

  test("only the provisioner starts it again, and its labels say whose it is", () => {
    expect(host?.RestartPolicy).toEqual({ Name: "no" });
    expect(spec.Labels).toEqual({
      "nightgate.installation": "inst",
      "nightgate.organization": "org_a",
      "nightgate.workstation": "ws_0123456789ab",
    });
    expect(spec.Hostname).toBe("atlas");
  });

  test.each([
    { cpus: 0.01 },
    { cpus: 65 },
    { cpus: Number.NaN },
    { memoryBytes: 0 },
    { memoryBytes: Infinity },
    { pids: 0 },
    { pids: 1e6 },
  ])("invariant 12: refuses %o", (wrong) => {
    expect(() => containerSpec({ ...wish, ...wrong }, surroundings)).toThrow(Problem);
  });
});

interface Rule {
  names: string[];
  action: string;
  args?: { index: number; value: number; op: string }[];
}

describe("the seccomp profile", () => {
  const profile = JSON.parse(readFileSync(seccompProfileFile, "utf8")) as {
    defaultAction: string;
    archMap: { subArchitectures: string[] }[];
    syscalls: Rule[];
  };
  const allowing = (name: string): Rule[] =>
    profile.syscalls.filter((rule) => rule.names.includes(name) && rule.action === "SCMP_ACT_ALLOW");

  test("invariant 1: refuses what it does not name", () => {
    expect(profile.defaultAction).toBe("SCMP_ACT_ERRNO");
  });

  test("invariant 1: socket() is for unix, inet, inet6 and routing netlink only", () => {
    const families = allowing("socket").map((rule) =>
      rule.args?.map(({ index, value, op }) => `${index} ${op} ${value}`).join(" and "),
    );
    expect(families).toEqual([
      "0 SCMP_CMP_EQ 1",
      "0 SCMP_CMP_EQ 2",
      "0 SCMP_CMP_EQ 10",
      "0 SCMP_CMP_EQ 16 and 2 SCMP_CMP_EQ 0",
    ]);
    expect(allowing("socketpair").map((rule) => rule.args?.[0]?.value)).toEqual([1]);
  });

  test("invariant 1: no second way to call the kernel, past the filter's arguments", () => {
    // socketcall and io_uring open sockets whose family no filter can see; 32-bit and x32 have numbers of their own.
    for (const name of ["socketcall", "io_uring_setup", "io_uring_enter", "io_uring_register", "modify_ldt"])
      expect(allowing(name)).toEqual([]);
    expect(profile.archMap.flatMap((arch) => arch.subArchitectures)).toEqual([]);
  });

  test.each([
    "unshare",
    "setns",
    "mount",
    "umount2",
    "fsopen",
    "move_mount",
    "open_tree",
    "pivot_root",
    "chroot",
    "bpf",
    "perf_event_open",
    "keyctl",
    "add_key",
    "request_key",
    "userfaultfd",
    "kexec_load",
    "init_module",
    "finit_module",
    "open_by_handle_at",
    "process_vm_readv",
    "clone3",
  ])("invariant 1: %s is not allowed", (name) => {
    expect(allowing(name)).toEqual([]);
  });

  test("invariant 1: clone() makes no namespace", () => {
    const everyNamespace = 0x7e020000;
    expect(allowing("clone").map((rule) => rule.args)).toEqual([
      [{ index: 0, value: everyNamespace, op: "SCMP_CMP_MASKED_EQ" }],
    ]);
  });
});
