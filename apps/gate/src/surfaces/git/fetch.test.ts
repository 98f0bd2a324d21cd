/** Fetching and cloning pass with the real credential, and an upstream that misbehaves is told to the client in words it prints. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startClient } from "./testing/client.ts";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
const servers: Server[] = [];
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const clone = (...more: string[]): Promise<{ code: number | null; text: string }> =>
  startClient(scene.root, join(scene.root, "home"), [...more, "clone", scene.gateUrl, "copy"]).ended;

describe("passes", () => {
  test.each(["0", "2"])(
    "a clone over protocol version %s, with the credential added on the way",
    async (version) => {
      scene.upstream.requests.length = 0;
      expect((await clone("-c", `protocol.version=${version}`)).code).toBe(0);
      expect(readFileSync(join(scene.root, "copy/README.md"), "utf8")).toBe("# Shop\n");
      const sent = scene.upstream.requests.filter(({ url }) => url.includes("upload-pack"));
      expect(
        sent.every(
          ({ headers }) =>
            headers.authorization === `Basic ${Buffer.from(scene.upstream.credential).toString("base64")}`,
        ),
      ).toBe(true);
      expect(sent.some(({ headers }) => headers["git-protocol"] === "version=2")).toBe(version === "2");
    },
  );

  test("a fetch with a compressed request", async () => {
    // git compresses a request above 1 KiB: many branches make many wants.
    for (let index = 0; index < 60; index += 1)
      await scene.must(
        "push",
        "--quiet",
        scene.upstream.dir,
        `main:refs/heads/branch-with-a-long-name-${index}`,
      );
    expect((await clone("-c", "protocol.version=2")).code).toBe(0);
    await scene.must("fetch", "origin");
    const body = gzipSync(Buffer.from("0014command=ls-refs\n0000"));
    const answer = await fetch(`${scene.gateUrl}/git-upload-pack`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/x-git-upload-pack-request",
        "content-encoding": "gzip",
        "git-protocol": "version=2",
      },
    });
    expect(await answer.text()).toContain("refs/heads/branch-with-a-long-name-59");
  });

  test("a client's own credential, cookies and other headers stay at the gate (H31)", async () => {
    await fetch(`${scene.gateUrl}/info/refs?service=git-upload-pack`, {
      headers: { authorization: "Bearer mine", cookie: "a=b", "x-private": "1", "nightgate-run": "run_x" },
    });
    const last = scene.upstream.requests.at(-1);
    expect(last?.headers["cookie"]).toBeUndefined();
    expect(last?.headers["x-private"]).toBeUndefined();
    expect(last?.headers["nightgate-run"]).toBeUndefined();
    expect(last?.headers.authorization).toMatch(/^Basic /);
  });
});

describe("is refused", () => {
  test.each([
    ["locks of LFS", "/info/lfs/locks/verify", "its locks do not"],
    ["dumb HTTP", "/HEAD", "smart HTTP protocol only"],
    ["dumb refs", "/info/refs", "smart HTTP protocol only"],
    ["another service", "/info/refs?service=git-upload-archive", "smart HTTP protocol only"],
    ["a parameter smuggled in", "/info/refs?service=git-upload-pack&x=1", "smart HTTP protocol only"],
    ["an object file", "/objects/info/packs", "smart HTTP protocol only"],
    ["a path upwards", "/../../etc/passwd", ""],
  ])("G26: %s", async (_name, path, words) => {
    const answer = await fetch(`${scene.gateUrl}${path}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).toContain(words);
    expect(answer.headers.get("www-authenticate")).toBeNull();
  });

  test("a repository that is not bound answers as one that does not exist (invariant 9)", async () => {
    const other = await fetch(
      scene.gateUrl.replace(/res_.*/, "res_000000000000/info/refs?service=git-upload-pack"),
    );
    const wrong = await fetch(scene.gateUrl.replace(/res_.*/, "nonsense/info/refs?service=git-upload-pack"));
    expect(await other.text()).toContain("There is no such repository here.");
    expect(await wrong.text()).toContain("There is no such repository here.");
  });
});

describe("an upstream that misbehaves", () => {
  const answering = (status: number, headers: Record<string, string> = {}, body = ""): void => {
    scene.upstream.intercept = (_request, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
  };

  test.each([
    [401, "does not accept the credential that the gate has for it"],
    [403, "says that the gate's credential may not do this"],
    [404, "says that there is no such repository"],
    [500, "it answers with HTTP 500"],
    [503, "it answers with HTTP 503"],
  ])("HTTP %i is said by fetch and by push, without a question for a password", async (status, words) => {
    answering(status, { "www-authenticate": 'Basic realm="give me your password"' });
    await scene.commit("a.txt", "a\n");
    for (const args of [
      ["fetch", "origin"],
      ["push", "origin", "main"],
    ]) {
      const result = await scene.git(...args);
      expect(result.code).not.toBe(0);
      expect(result.text).toContain(words);
      expect(result.text).not.toMatch(/Username|Password|terminal prompts/);
    }
    expect(scene.holds.all).toHaveLength(0);
  });

  test("a wrong credential is said, and not shown", async () => {
    scene.credential = "robot:wrong-canary-77aa";
    const result = await scene.git("fetch", "origin");
    expect(result.text).toContain("does not accept the credential");
    expect(result.text + scene.logged.join()).not.toContain("canary");
  });

  test("a dead upstream is said", async () => {
    await scene.upstream.stop();
    await scene.commit("a.txt", "a\n");
    for (const args of [
      ["fetch", "origin"],
      ["push", "origin", "main"],
    ]) {
      const result = await scene.git(...args);
      expect(result.text).toContain(
        "The gate cannot reach the upstream of acme/shop (its host does not answer)",
      );
      expect(result.code).not.toBe(0);
    }
  });

  test("an unknown host is said", async () => {
    scene.resource.url = "https://nowhere.invalid/acme/shop.git";
    expect((await scene.git("fetch", "origin")).text).toContain("its host name is not known");
    expect((await scene.git("push", "origin", "main:x")).text).toContain("its host name is not known");
  });

  test("G33: a redirect is not followed, and the credential goes nowhere else", async () => {
    const stolen: string[] = [];
    const thief = createServer((request, response) => {
      stolen.push(request.headers.authorization ?? "nothing");
      response.end();
    });
    servers.push(thief);
    await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
    answering(302, {
      location: `http://127.0.0.1:${(thief.address() as AddressInfo).port}/acme/shop.git/info/refs?service=git-upload-pack`,
    });
    await scene.commit("a.txt", "a\n");
    for (const args of [
      ["fetch", "origin"],
      ["push", "origin", "main"],
    ]) {
      const result = await scene.git(...args);
      expect(result.text).toContain("it redirects to another address, which the gate does not follow");
      expect(result.code).not.toBe(0);
    }
    expect(stolen).toEqual([]);
  });

  test.each([
    "https://user:pass@example.com/a.git",
    "https://example.com/a.git\nhost=evil",
    "https://example.com/a%0ahost=evil",
    "https://example.com/a.git?x=1",
  ])("G33: an upstream URL such as %j is not used", async (url) => {
    scene.resource.url = url;
    const result = await scene.git("fetch", "origin");
    expect(result.text).toContain("The upstream URL of acme/shop cannot be used");
    expect(result.text).not.toContain("pass@");
  });

  test("something that is not git is said", async () => {
    answering(200, { "content-type": "text/html" }, "<h1>Welcome</h1>");
    expect((await scene.git("fetch", "origin")).text).toContain("it does not answer in git's smart protocol");
  });

  test("H38: an answer that breaks off ends the fetch with an error, and the gate goes on", async () => {
    scene.upstream.intercept = (request, response) => {
      if (request.method !== "POST") return false;
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
      response.write("0011half a packet");
      setTimeout(() => response.destroy(), 20);
      return true;
    };
    expect((await clone()).code).not.toBe(0);
    scene.upstream.intercept = null;
    expect((await clone()).code).toBe(0);
  });

  test("an upstream that does not answer in time is given up", async () => {
    await scene.stop();
    scene = await openScene({ limits: { upstreamAnswerMs: 300 } });
    scene.upstream.intercept = () => true;
    expect((await scene.git("fetch", "origin")).text).toContain("it does not answer in time");
  });
});
