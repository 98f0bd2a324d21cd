// Who is told what. A leak here gives away in one line what the import rules and the database roles keep apart.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { productProcesses } from "./processes.mjs";
import { readSettings } from "./settings.mjs";
import { sshLine } from "./welcome.mjs";

const home = mkdtempSync(join(tmpdir(), "ng-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
mkdirSync(home, { recursive: true });
const roles = ["owner", "web", "runner", "provisioner", "gate"];
const urls = Object.fromEntries(
  roles.map((role) => [role, `postgresql://nightgate_${role}@127.0.0.1/nightgate`]),
);
writeFileSync(join(home, "database-urls.json"), JSON.stringify(urls));

const processes = productProcesses(
  readSettings({ NIGHTGATE_HOME: home, NIGHTGATE_DOCKER_SOCKET: "/run/engine.sock" }),
  {
    node: "/node",
    rehearsalPort: 4999,
    outside: { PATH: "/bin", DATABASE_URL: "postgresql://superuser@db/nightgate", SSH_AUTH_SOCK: "/agent" },
  },
);

test.each(["web", "runner", "provisioner", "gate"] as const)(
  "invariant 4: %s gets the database under its own role and no other's",
  (name) => {
    const { env } = processes[name]();
    const text = JSON.stringify(env);
    expect(env["DATABASE_URL"]).toBe(urls[name]);
    for (const other of roles.filter((role) => role !== name))
      expect(text).not.toContain(`nightgate_${other}`);
    expect(text).not.toContain("superuser");
    expect(text).not.toContain("/agent");
  },
);

// "homes" is the provisioner's own, for as long as a backup takes.
test("invariant 4: only the provisioner and the engine hear of a container engine", () => {
  const told = Object.entries(processes)
    .filter(([, process]) => JSON.stringify(process().env).includes("/run/engine.sock"))
    .map(([name]) => name);
  expect(told).toEqual(["engine", "homes", "provisioner"]);
});

test("nothing of ours listens beyond this machine", () => {
  expect(processes.web().command).toEqual(expect.arrayContaining(["-H", "127.0.0.1"]));
});

test("over SSH the exact tunnel is printed, and without SSH none", () => {
  const ports = { webPort: 4600, gatePort: 4601 };
  expect(sshLine(ports, undefined, "ada")).toBeNull();
  expect(sshLine(ports, "192.0.2.7 50000 198.51.100.9 22", "ada")).toBe(
    "ssh -N -L 4600:127.0.0.1:4600 -L 4601:127.0.0.1:4601 ada@198.51.100.9",
  );
  expect(sshLine(ports, "192.0.2.7 50000 2001:db8::1 2222", "ada")).toBe(
    "ssh -N -L 4600:127.0.0.1:4600 -L 4601:127.0.0.1:4601 -p 2222 ada@2001:db8::1",
  );
});
