/** `nightgate` in a real workstation: packages installed as root through the gate and remembered, and what is refused. */
import { expect, afterAll, beforeAll, inject, test } from "vitest";
import { type AgentdWorld, agentdWorld } from "../testing/agentd-world.ts";

let world: AgentdWorld;
beforeAll(async () => {
  world = await agentdWorld("local", inject("nightgateEngine"));
  // A Debian archive with one package, made inside and served by the gate's side.
  const made = await world.workstation.run(
    `mkdir -p /tmp/p/DEBIAN /tmp/p/usr/bin && printf '#!/bin/sh\\necho hello from the package\\n' > /tmp/p/usr/bin/night-hello && chmod 755 /tmp/p/usr/bin/night-hello &&
     printf 'Package: night-hello\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: Test <t@example.com>\\nDescription: says hello\\n' > /tmp/p/DEBIAN/control &&
     cd /tmp && dpkg-deb --root-owner-group -b p night-hello.deb >/dev/null && base64 -w0 night-hello.deb && echo && sha256sum night-hello.deb && stat -c %s night-hello.deb`,
  );
  const [deb = "", sum = "", size = ""] = made.output.trim().split("\n");
  world.files["/night-hello.deb"] = Buffer.from(deb, "base64");
  world.files["/Packages"] = Buffer.from(
    `Package: night-hello\nVersion: 1.0\nArchitecture: all\nMaintainer: Test <t@example.com>\nDescription: says hello\nFilename: ./night-hello.deb\nSize: ${size}\nSHA256: ${sum.split(" ")[0]}\n\n`,
  );
  await world.workstation.run(
    "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] http://deb.example.com ./' > /etc/apt/sources.list",
    "root",
  );
});
afterAll(async () => await world.close());

test("a package is installed by agentd as root, with apt's words, and remembered in the home", async () => {
  const { status, output } = await world.workstation.run(
    "nightgate apt install -y night-hello && night-hello && cat ~/.config/nightgate/apt-packages && stat -c %U ~/.config/nightgate/apt-packages",
  );
  expect({ status, output }).toMatchObject({ status: 0 });
  expect(output).toContain("Setting up night-hello (1.0)");
  expect(output).toMatch(/hello from the package\nnight-hello\nagent\n$/);
});

test("what is remembered comes back after it is gone, as after an upgrade of the image", async () => {
  await world.workstation.run("dpkg --purge night-hello", "root");
  const boot = world.seat.hello()?.boot;
  world.workstation.restart();
  await expect
    .poll(async () => (await world.workstation.run("night-hello")).output, { timeout: 40_000 })
    .toBe("hello from the package\n");
  expect(world.seat.hello()?.boot).not.toBe(boot);
});

test.each(["-o=Dpkg::Pre-Install-Pkgs::=id", "./evil.deb", "../x", "a b", "UPPER"])(
  "%j is not a package's name and never reaches apt",
  async (name) => {
    const { status, output } = await world.workstation.run(`nightgate apt install -- '${name}'`);
    expect(status).toBe(64);
    expect(output).toContain("is not the name of a Debian package");
  },
);

test("a package that is not there fails with apt's own words", async () => {
  const { status, output } = await world.workstation.run("nightgate apt install no-such-package");
  expect(status).toBe(1);
  expect(output).toContain("Unable to locate package no-such-package");
});

test("whoami, and the contract", async () => {
  expect((await world.workstation.run("nightgate whoami")).output).toMatch(
    /workstation +ws_test\nrun +none.*\ngate +answers\nrunner +connected\n/,
  );
  expect((await world.workstation.run("nightgate help contract")).output).toContain(
    "A push that is held is not pushed",
  );
});
