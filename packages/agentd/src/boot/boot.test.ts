import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testAuthority, testEnvironment } from "../testing/workstation.ts";
import { CA_BUNDLE, installCertificate } from "./certificates.ts";
import { gitconfig } from "./gitconfig.ts";
import { agentVariables, environmentFile, profileScript } from "./variables.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "nightgate-boot-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const options = { home: "/home/agent", path: "/usr/bin", proxyPort: 3128, imageVariables: {} };

test("git reads what is written, and rewrites every form of a remote to the gate", () => {
  const file = join(folder, "gitconfig");
  writeFileSync(file, gitconfig(testEnvironment("ws_x")));
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      encoding: "utf8",
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", GIT_CONFIG_SYSTEM: file, HOME: folder },
    }).trim();
  expect(git("config", "http.lowSpeedLimit")).toBe("0");
  for (const url of [
    "https://git.example.com/acme/sample",
    "https://git.example.com/acme/sample.git",
    "git@git.example.com:acme/sample.git",
    "ssh://git@git.example.com/acme/sample",
  ]) {
    expect(git("ls-remote", "--get-url", url)).toBe("http://gate.nightgate/git/res_repository");
  }
  expect(git("ls-remote", "--get-url", "https://elsewhere.example.com/x")).toBe(
    "https://elsewhere.example.com/x",
  );
});

test("a name of a repository cannot smuggle settings into the file", () => {
  const environment = testEnvironment("ws_x");
  const [repository] = environment.repositories;
  if (repository) repository.aliases = ['x"\n[core]\n\tsshCommand = touch /tmp/owned\n'];
  const file = join(folder, "gitconfig");
  writeFileSync(file, gitconfig(environment));
  const listed = execFileSync("git", ["config", "--file", file, "--list"], { encoding: "utf8" });
  expect(listed).not.toContain("core.sshcommand");
});

test("the CA is put into the bundle once, beside what was there", async () => {
  mkdirSync(join(folder, "etc/ssl/certs"), { recursive: true });
  writeFileSync(join(folder, CA_BUNDLE), "SYSTEM\n");
  const { ca } = testAuthority("a.example.com");
  await installCertificate(folder, ca);
  await installCertificate(folder, ca);
  const bundle = readFileSync(join(folder, CA_BUNDLE), "utf8");
  expect(bundle.startsWith("SYSTEM\n")).toBe(true);
  expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  await expect(installCertificate(folder, "not a certificate")).rejects.toThrow(/PEM|certificate|asn1/i);
});

test("invariant 2: the only keys that agents see are dummies; without a model resource there is none", () => {
  const variables = agentVariables(testEnvironment("ws_x"), options);
  expect(variables).toMatchObject({
    ANTHROPIC_BASE_URL: "http://gate.nightgate/model/res_anthropic",
    ANTHROPIC_AUTH_TOKEN: "nightgate-has-the-key",
    https_proxy: "http://127.0.0.1:3128",
  });
  expect(variables["NO_PROXY"]?.split(",")).toEqual(
    expect.arrayContaining(["127.0.0.1", "localhost", "gate.nightgate"]),
  );
  expect(Object.keys(agentVariables(null, options)).filter((name) => /KEY|TOKEN/.test(name))).toEqual([]);
});

test("shells read the same variables, whatever is in them", () => {
  const variables = { ...agentVariables(testEnvironment("ws_x"), options), ODD: `it's "odd" $HOME` };
  const file = join(folder, "profile.sh");
  writeFileSync(file, profileScript(variables));
  const seen = execFileSync("bash", ["-c", `. ${file}; printf %s "$ODD"; printf ' %s' "$HTTPS_PROXY"`], {
    encoding: "utf8",
  });
  expect(seen).toBe(`it's "odd" $HOME http://127.0.0.1:3128`);
  expect(environmentFile(variables)).toContain('HTTPS_PROXY="http://127.0.0.1:3128"\n');
  expect(environmentFile(variables)).not.toMatch(/^(HOME|PATH|USER)=/m);
});
