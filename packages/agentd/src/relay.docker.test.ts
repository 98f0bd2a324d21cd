/** The way out of a real workstation without a network: names, proxies, certificates, git; and what happens while the gate is away. */
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type AgentdWorld, agentdWorld, ALLOWED_HOST } from "./testing/agentd-world.ts";

let world: AgentdWorld;
beforeAll(async () => {
  world = await agentdWorld("relay", inject("nightgateEngine"));
});
afterAll(async () => await world.close());

test("invariant 1: there is no interface but loopback", async () => {
  expect((await world.workstation.run("ls /sys/class/net")).output.trim()).toBe("lo");
});

test("a tool that knows the proxy and one that does not both reach an allowed host, with the workstation's CA", async () => {
  expect((await world.workstation.run(`curl -sS https://${ALLOWED_HOST}/`)).output).toBe(
    `hello ${ALLOWED_HOST}\n`,
  );
  expect((await world.workstation.run(`curl -sS --noproxy '*' https://${ALLOWED_HOST}/`)).output).toBe(
    `hello ${ALLOWED_HOST}\n`,
  );
  expect(
    (
      await world.workstation.run(
        `node -e 'fetch("https://${ALLOWED_HOST}/").then(async (a) => console.log(await a.text()))'`,
      )
    ).output,
  ).toContain("hello");
  expect(
    (
      await world.workstation.run(
        `python3 -c 'import urllib.request; print(urllib.request.urlopen("https://${ALLOWED_HOST}/").read())'`,
      )
    ).output,
  ).toContain("hello");
});

test("names resolve to an address of their own below 127.64.0.0/10, and nothing else is answered", async () => {
  const { output } = await world.workstation.run(
    "getent hosts a.example.org; getent hosts a.example.org; getent hosts nodots; getent ahostsv6 b.example.org | grep -v ffff",
  );
  const [first, second, ...rest] = output.trim().split("\n");
  expect(first).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./);
  expect(second).toBe(first);
  expect(rest.join("")).toBe("");
});

test("an unknown host is refused at once, with a sentence", async () => {
  const { output } = await world.workstation.run(
    "curl -sS --noproxy '*' http://unknown.example.org/; curl -sS https://unknown.example.org/",
  );
  expect(output).toContain("unknown.example.org:80 is not a host that the policy allows.");
  expect(output).toContain("403");
});

test("loopback's own ports stay free for the workstation's services", async () => {
  const { output } = await world.workstation.run(
    "python3 -m http.server 80 --bind 127.0.0.1 >/dev/null 2>&1 & python3 -m http.server 443 --bind 127.0.0.1 >/dev/null 2>&1 & sleep 1; curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1/; kill %1 %2",
  );
  expect(output).toContain("200");
});

test("git reaches the repository by each form of its remote, without a credential", async () => {
  for (const url of [
    "https://git.example.com/acme/sample",
    "git@git.example.com:acme/sample.git",
    "ssh://git@git.example.com/acme/sample",
  ]) {
    const { status, output } = await world.workstation.run(
      `rm -rf /tmp/clone && git clone -q ${url} /tmp/clone && git -C /tmp/clone log --format=%s`,
    );
    expect({ url, status, output: output.trim() }).toEqual({ url, status: 0, output: "First" });
  }
});

test("while the gate is away everything fails quickly, and works again when it is back", async () => {
  await world.gate().stop();
  expect(
    (await world.workstation.run(`curl -sS --max-time 20 https://${ALLOWED_HOST}/`)).status,
  ).toBeGreaterThan(0);
  expect((await world.workstation.run("nightgate whoami")).output).toContain("does not answer");
  await world.startGate();
  expect((await world.workstation.run(`curl -sS https://${ALLOWED_HOST}/`)).output).toBe(
    `hello ${ALLOWED_HOST}\n`,
  );
});
