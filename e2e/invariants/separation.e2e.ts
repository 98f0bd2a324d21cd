// Each process is a user of its own: what one that fell would try against the others, tried for real as its user.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProduct, type Product } from "@nightgate/testkit/product";
import { databaseUrlOf } from "@nightgate/testkit/product-database";
import { until } from "@nightgate/testkit/until";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  asUser,
  catchesUsr1,
  connectable,
  environmentOf,
  readable,
  statusOf,
  type User,
  USERS,
  writable,
} from "../support/as-user.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const others = (user: User): User[] => USERS.filter((each) => each !== user);

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Something that listens at a path, as an engine or a process would. */
async function listenAt(
  path: string,
  onSocket: Parameters<typeof createServer>[1] = (socket) => socket.destroy(),
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onSocket as never);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o666);
  return server;
}

describe.runIf(process.getuid?.() === 0)("started by root", () => {
  let product: Product;
  const pid = (user: User): number => product.pidOf(user);
  beforeAll(async () => {
    product = await startProduct({ dockerSocket: inject("nightgateEngine").socket });
  });
  afterAll(async () => await product.stop());

  test("each process has a user of its own, no group, no capability, and no way to get one", () => {
    const seen = USERS.map((user) => {
      const { Uid, Groups, CapPrm, CapBnd, CapAmb, NoNewPrivs } = statusOf(pid(user));
      expect({ user, Groups, CapPrm, CapBnd, CapAmb, NoNewPrivs }).toEqual({
        user,
        Groups: "",
        CapPrm: "0".repeat(16),
        CapBnd: "0".repeat(16),
        CapAmb: "0".repeat(16),
        NoNewPrivs: "1",
      });
      return Uid;
    });
    expect(new Set(seen).size).toBe(USERS.length);
    expect(seen).not.toContain("0 0 0 0");
  });

  test.each(USERS)(
    "invariant 2: nobody but the %s reads a file of its folder, the gate's keys, pins and journal among them",
    (owner) => {
      const files = filesBelow(join(product.home, owner));
      // The same attempt as its own user succeeds: the paths are right, and the attempt is real.
      expect(readable(owner, files)).toEqual(files);
      // The gate's keys lie in its folder itself: the look is not at an empty one.
      expect(owner !== "gate" || files.some((file) => dirname(file) === join(product.home, "gate"))).toBe(
        true,
      );
      for (const user of others(owner))
        expect({ user, read: readable(user, files) }).toEqual({ user, read: [] });
    },
  );

  test("invariant 2: nobody reads the home itself, the logs or the launcher's notes", () => {
    for (const user of USERS) {
      const list = `for (const path of given) try { fs.readdirSync(path); told.push(path); } catch {}`;
      expect(
        asUser(
          user,
          list,
          ["", "logs", "launcher", "engine"].map((name) => join(product.home, name)),
        ),
      ).toEqual([]);
      expect(readable(user, filesBelow(join(product.home, "logs")))).toEqual([]);
    }
  });

  test("V7: invariant 2: nobody looks into another process: not its environment, not its memory, not its open files", () => {
    for (const owner of USERS) {
      const parts = ["environ", "mem", "maps", "auxv", "stack"].map((name) => `/proc/${pid(owner)}/${name}`);
      expect(readable(owner, parts)).toContain(`/proc/${pid(owner)}/environ`);
      for (const user of others(owner)) {
        expect({ owner, user, read: readable(user, parts) }).toEqual({ owner, user, read: [] });
        const walk = `for (const path of given) try { fs.readdirSync(path); told.push(path); } catch {}`;
        const into = ["fd", "map_files", "root/", "cwd/"].map((name) => `/proc/${pid(owner)}/${name}`);
        expect(asUser(user, walk, into)).toEqual([]);
        const signal = `try { process.kill(given, 0); told.push("signalled"); } catch {}`;
        expect(asUser(user, signal, pid(owner))).toEqual([]);
      }
    }
  });

  test("V7: no core files, no debugger by signal, and no options of Node from outside", async () => {
    for (const user of USERS) {
      expect(readFileSync(`/proc/${pid(user)}/limits`, "utf8")).toMatch(/^Max core file size +0 +0 /m);
      expect(environmentOf(pid(user))).not.toMatch(/NODE_OPTIONS|NODE_INSPECT|NODE_V8/);
      expect({ user, catches: catchesUsr1(pid(user)) }).toEqual({ user, catches: false });
    }
    // A Node that was not told so does listen to that signal: what is looked at above tells the difference.
    const plain = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    await until("a plain Node to listen to SIGUSR1", 20_000, () => catchesUsr1(plain.pid ?? 0));
    plain.kill("SIGKILL");
  });

  test("invariant 4: the engine's socket opens to the provisioner alone", () => {
    const name = createHash("sha256").update(product.home).digest("hex").slice(0, 12);
    const sockets = ["docker.sock", "base.sock"].map((file) => join("/run/nightgate", name, file));
    expect(connectable("provisioner", sockets)).toEqual(sockets);
    const given = [...sockets, inject("nightgateEngine").socket, "/var/run/docker.sock"];
    for (const user of others("provisioner"))
      expect({ user, opened: connectable(user, given) }).toEqual({ user, opened: [] });
  });

  test("invariant 1: a workstation's sockets open to whom they are mounted for, not to another process", async () => {
    for (const owner of ["gate", "runner"] as const) {
      const folder = join(product.home, owner, "sockets", "ws_separation");
      mkdirSync(folder, { mode: 0o755 });
      const path = join(folder, `${owner}.sock`);
      const server = await listenAt(path);
      try {
        expect(connectable(owner, [path])).toEqual([path]);
        for (const user of others(owner))
          expect({ user, opened: connectable(user, [path]) }).toEqual({ user, opened: [] });
        expect(statSync(join(product.home, owner)).mode & 0o777).toBe(0o700);
      } finally {
        server.close();
        rmSync(folder, { recursive: true });
      }
    }
  });

  test("invariant 4: each process knows the database's password of its own role and of no other", () => {
    const roles = ["web", "runner", "provisioner", "gate"] as const;
    const password = (role: (typeof roles)[number]): string =>
      new URL(databaseUrlOf(product.home, role)).password;
    for (const user of USERS) {
      const known = roles.filter((role) => environmentOf(pid(user)).includes(password(role)));
      expect({ user, known }).toEqual({ user, known: roles.filter((role) => role === user) });
      const files = ["database-urls.json", "database-passwords.json"].map((name) => join(product.home, name));
      // The database's own user has all that the database has.
      expect({ user, read: readable(user, files) }).toEqual({ user, read: user === "postgres" ? files : [] });
    }
  });

  test("no process can change the program", () => {
    const program = [
      "",
      "package.json",
      "node_modules",
      "apps/gate/src/main.ts",
      "apps/web/.next",
      "tools/launcher",
    ];
    for (const user of USERS)
      expect({
        user,
        wrote: writable(
          user,
          program.map((name) => join(ROOT, name)),
          pid(user),
        ),
      }).toEqual({ user, wrote: [] });
    const view = readFileSync(`/proc/${pid("gate")}/mountinfo`, "utf8").split("\n");
    const mounted = view
      .map((line) => line.split(" "))
      .find((fields) => fields[4] === ROOT.replace(/\/$/, ""));
    expect(mounted?.[5]?.split(",")).toEqual(expect.arrayContaining(["ro", "nosuid", "nodev"]));
  });
});

describe.runIf(process.getuid?.() === 0)("started by a plain user", () => {
  const NOBODY = { uid: 65_534, gid: 65_534 };

  test("it works with an engine that this user can reach, and says what that weakens", async () => {
    const folder = mkdtempSync("/tmp/ng-door-");
    chmodSync(folder, 0o755);
    const engine = inject("nightgateEngine").socket;
    const door = await listenAt(join(folder, "docker.sock"), (client) => {
      const behind = createConnection({ path: engine, allowHalfOpen: true });
      for (const [from, to] of [
        [client, behind],
        [behind, client],
      ] as const) {
        from.pipe(to);
        from.on("error", () => to.destroy());
      }
    });
    const environment = { HOME: "/nonexistent", TMPDIR: "/tmp" };
    try {
      const product = await startProduct({
        dockerSocket: join(folder, "docker.sock"),
        environment,
        as: NOBODY,
      });
      try {
        expect(product.printed()).toContain("Not started as root, so all processes run as nobody");
        for (const user of USERS)
          expect(statusOf(product.pidOf(user))["Uid"]).toBe("65534 65534 65534 65534");
        expect(statSync(product.home).mode & 0o777).toBe(0o700);
        await until("the provisioner to find the image", 60_000, () =>
          product.log("provisioner").includes("the workstation image is ready"),
        );
      } finally {
        // No workstation was made; and this process is the door through which one would be looked for.
        await product.stop({ keep: true });
        rmSync(product.home, { recursive: true, force: true });
      }
    } finally {
      door.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
