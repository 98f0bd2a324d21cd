/** What is in the workstation image by itself, before agentd has changed anything, and what must not be: nothing of the machine that built it. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Outcome, runInside } from "../testing/inside.ts";
import { engineClient } from "../workstations/docker/engine-client.ts";

const { socket, image } = inject("nightgateEngine");
const docker = engineClient(socket);
let containerId = "";

beforeAll(async () => {
  const container = await docker.createContainer({
    Image: image,
    Hostname: "atlas",
    Entrypoint: ["sleep", "600"],
    HostConfig: {
      NetworkMode: "none",
      Dns: ["127.0.0.1"],
      SecurityOpt: ["no-new-privileges"],
      CapDrop: ["ALL"],
    },
  });
  containerId = container.id;
  await container.start();
});
afterAll(async () => {
  await docker.getContainer(containerId).remove({ force: true, v: true });
});

const atlas = {
  asRoot: async (command: string[]): Promise<Outcome> => await runInside(docker, containerId, command),
  asAgent: async (command: string[]): Promise<Outcome> =>
    await runInside(docker, containerId, command, "1000:1000"),
};

const asAgent = async (script: string): Promise<string> =>
  (await atlas.asAgent(["bash", "-lc", script])).output.trim();

describe("what an agent finds", () => {
  test.each([
    ["id -un; id -u; pwd", /^agent\n1000\n\/home\/agent$/],
    ["node --version; npm --version", /^v24\.\d+\.\d+\n11\.\d+\.\d+$/],
    ["claude --version", /^2\.\d+\.\d+ \(Claude Code\)$/],
    ["codex --version; opencode --version", /^codex-cli 0\.\d+\.\d+\n1\.\d+\.\d+$/],
    ["echo $CODEX_PATH; command -v codex-acp", /^\/usr\/local\/bin\/codex\n\/usr\/local\/bin\/codex-acp$/],
    ["command -v claude-agent-acp git curl rg jq tmux gcc python3 make ssh rsync", /(\/[\w/.-]+\n?){11}/],
    ["npm prefix --global", /^\/home\/agent\/\.npm-global$/],
    ["echo $CLAUDE_CODE_EXECUTABLE", /^\/usr\/local\/bin\/claude$/],
    ["ls /sys/class/net", /^lo$/],
  ])("%s", async (script, expected) => {
    expect(await asAgent(script)).toMatch(expected);
  });

  test("a global npm package installs into its home and its program is on the path; pip may do the same", async () => {
    const npm = `mkdir -p /tmp/tool && cd /tmp/tool && printf '{"name":"tool","version":"1.0.0","bin":{"tool":"t.js"}}' > package.json && printf '#!/usr/bin/env node\\nconsole.log("from npm")\\n' > t.js && chmod +x t.js && npm install --global --silent /tmp/tool && tool`;
    expect(await asAgent(npm)).toContain("from npm");
    expect(await asAgent("command -v tool")).toBe("/home/agent/.npm-global/bin/tool");
    expect(await asAgent("pip config list")).toContain("global.break-system-packages='true'");
  });

  test("C compiles and runs", async () => {
    expect(
      await asAgent(
        `printf '#include <stdio.h>\\nint main(void){puts("built");}' > /tmp/a.c && gcc -o /tmp/a /tmp/a.c && /tmp/a`,
      ),
    ).toBe("built");
  });

  test("the docker command says that it is not here, and what to do instead", async () => {
    const { output, status } = await atlas.asAgent(["docker", "run", "postgres"]);
    expect(status).toBe(127);
    expect(output).toMatch(/not available here[\s\S]*nightgate apt install postgresql/);
  });

  test("it cannot write outside of its home and the folders that everybody may write", async () => {
    const writable = await asAgent(
      "find / -xdev -writable -not -type l 2>/dev/null | grep -vE '^/(proc|dev|tmp|var/tmp|home/agent|run/lock)(/|$)'; true",
    );
    expect(writable).toBe("");
  });
});

describe("what nobody finds", () => {
  test("invariant 2: no certificate authority of the machine that built it", async () => {
    const bundle = "/etc/ssl/certs/ca-certificates.crt";
    const { output } = await atlas.asRoot(["cat", bundle]);
    const certificates = (text: string): Set<string> =>
      new Set(
        text
          .match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)
          ?.map((one) => one.replaceAll(/\s/g, "")),
      );
    const inside = certificates(output);
    expect(inside.size).toBeGreaterThan(100);
    // What the builder trusts beyond Debian's own list and Node's is the builder's business.
    const known = certificates(rootCertificates.join("\n"));
    const packaged = certificates(
      (await atlas.asRoot(["sh", "-c", "cat /usr/share/ca-certificates/mozilla/*.crt"])).output,
    );
    const strange = [...inside].filter((one) => !known.has(one) && !packaged.has(one));
    expect(strange).toEqual([]);
    expect((await atlas.asRoot(["ls", "/usr/local/share/ca-certificates"])).output.trim()).toBe("");
  });

  test("invariant 2: no name, no resolver, no proxy and no registry of the machine that built it", async () => {
    const { output } = await atlas.asRoot([
      "sh",
      "-c",
      "cat /etc/hostname /etc/resolv.conf /etc/hosts /usr/local/etc/npmrc /etc/pip.conf /etc/apt/apt.conf.d/* /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/environment 2>/dev/null; env",
    ]);
    const resolvers = [...readFileSync("/etc/resolv.conf", "utf8").matchAll(/^nameserver (\S+)/gm)]
      .map((match) => match[1] ?? "")
      .filter((address) => !address.startsWith("127."));
    for (const secret of [
      ...resolvers,
      "http_proxy",
      "HTTP_PROXY",
      "NODE_EXTRA_CA_CERTS",
      "cafile",
      "registry=",
      "index-url",
    ])
      expect(output).not.toContain(secret);
    expect(output.split(/\s+/)).not.toContain(hostname());
  });
});
