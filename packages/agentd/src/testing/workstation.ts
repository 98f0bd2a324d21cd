/** A real workstation for tests: the production container with the real agentd, a stub gate on its gate.sock, and a runner's seat on its runner.sock. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { WorkstationEnvironment } from "@nightgate/shared/workstation-environment";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

export interface TestWorkstation {
  /** Given to NIGHTGATE_HOME: sockets are below it. */
  home: string;
  name: string;
  gateSocket: string;
  runnerSocket: string;
  /** Runs a shell command inside, as the agent with a login shell unless told otherwise. */
  run(command: string, user?: "agent" | "root"): Promise<{ status: number; output: string }>;
  logs(): string;
  /** Stops and starts the container: a new boot on the same disk. */
  restart(): void;
  remove(): void;
}

export interface Engine {
  socket: string;
  image: string;
}

/** Makes the folders; `start` makes the container. The stub gate and the runner's seat should listen before. A second one may share the first one's home. */
export function testWorkstation(
  name: string,
  engine: Engine,
  shared: string | null = null,
): TestWorkstation & { start(): void } {
  const home = shared ?? mkdtempSync(join(tmpdir(), "nightgate-ws-"));
  const env = { ...process.env, NIGHTGATE_HOME: home, NIGHTGATE_DOCKER_SOCKET: engine.socket };
  const docker = (...args: string[]): string =>
    execFileSync("/usr/bin/docker", ["-H", `unix://${engine.socket}`, ...args], { encoding: "utf8" });
  let id = "";
  return {
    home,
    name,
    gateSocket: join(home, "gate/sockets", name, "gate.sock"),
    runnerSocket: join(home, "runner/sockets", name, "runner.sock"),
    start: () => {
      for (const process of ["gate", "runner"])
        mkdirSync(join(home, process, "sockets", name), { recursive: true, mode: 0o755 });
      id = execFileSync(
        process.execPath,
        [join(ROOT, "apps/provisioner/src/cli/try.ts"), engine.image, name],
        { env, encoding: "utf8", cwd: ROOT },
      ).trim();
    },
    run: async (command, user = "agent") =>
      await new Promise((resolve) => {
        const args = [
          "-H",
          `unix://${engine.socket}`,
          "exec",
          "-u",
          user === "agent" ? "1000" : "0",
          "-e",
          `HOME=${user === "agent" ? "/home/agent" : "/root"}`,
          id,
          "bash",
          "-lc",
          command,
        ];
        execFile(
          "/usr/bin/docker",
          args,
          { encoding: "utf8", timeout: 120_000, maxBuffer: 16 * 1024 * 1024 },
          (error, stdout, stderr) => {
            resolve({
              status: typeof error?.code === "number" ? error.code : error ? -1 : 0,
              output: stdout + stderr,
            });
          },
        );
      }),
    logs: () => docker("logs", id),
    restart: () => void docker("restart", "-t", "5", id),
    remove: () => {
      if (id !== "") {
        const volumes = docker(
          "inspect",
          "-f",
          '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}',
          id,
        )
          .trim()
          .split(" ");
        docker("rm", "-f", id);
        docker("volume", "rm", "-f", ...volumes);
      }
      // Another one may still live in it.
      if (shared === null) rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A CA and a server certificate for one name, made by openssl(1). */
export function testAuthority(name: string): { ca: string; certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "nightgate-ca-"));
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...curve,
    "-days",
    "2",
    "-subj",
    "/CN=Workstation CA",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  openssl("req", ...curve, "-subj", `/CN=${name}`, "-keyout", "leaf.key", "-out", "leaf.csr");
  writeFileSync(join(folder, "san"), `subjectAltName=DNS:${name}`);
  openssl(
    "x509",
    "-req",
    "-in",
    "leaf.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "san",
    "-out",
    "leaf.pem",
  );
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  const made = { ca: read("ca.pem"), certificate: read("leaf.pem"), key: read("leaf.key") };
  rmSync(folder, { recursive: true });
  return made;
}

/** A bare repository `<root>/<resource>` with one commit on main, open for pushes. */
export function testRepository(root: string, resource: string): void {
  const git = (...args: string[]): void =>
    void execFileSync(
      "git",
      ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", ...args],
      { cwd: root, stdio: "ignore" },
    );
  git("init", "--bare", resource);
  git("-C", resource, "config", "http.receivepack", "true");
  git("init", "seed");
  writeFileSync(join(root, "seed/README.md"), "A sample.\n");
  git("-C", "seed", "add", ".");
  git("-C", "seed", "commit", "-m", "First");
  git("-C", "seed", "push", join(root, resource), "HEAD:refs/heads/main");
}

/** What the gate would say of one repository and a model of each API. */
export function testEnvironment(workstation: string): WorkstationEnvironment {
  return {
    workstation,
    repositories: [
      {
        resource: "res_repository",
        name: "sample",
        url: "https://git.example.com/acme/sample",
        gateUrl: "http://gate.nightgate/git/res_repository",
        aliases: ["git@git.example.com:acme/sample", "ssh://git@git.example.com/acme/sample"],
      },
    ],
    models: (["anthropic", "openai"] as const).map((api) => ({
      resource: `res_${api}`,
      name: `model of ${api}`,
      api,
      gateUrl: `http://gate.nightgate/model/res_${api}`,
    })),
  };
}
