/** Git LFS through the gate, by the real git-lfs: what it hands over waits with the push that names it, and nothing of it goes out before. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { codes, refusal } from "../testing/agent.ts";
import { startClient } from "../testing/client.ts";
import { type LfsHost, lfsHost } from "../testing/lfs-host.ts";
import { openScene, type Scene } from "../testing/scene.ts";

let scene: Scene;
let host: LfsHost;

beforeEach(async () => {
  scene = await openScene();
  host = lfsHost(scene.upstream);
  await scene.must("lfs", "install", "--local");
  await scene.must("config", "lfs.locksverify", "false");
  await scene.must("lfs", "track", "*.bin");
  await scene.must("add", ".gitattributes");
});
afterEach(() => scene.stop());

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const lfsFolder = (): string =>
  join(scene.folder, "mirrors", scene.caller.organization, `${scene.resource.id}.git`, "lfs");

/** A file that git-lfs keeps; answers its bytes. */
async function commitLarge(path: string, bytes = randomBytes(50_000)): Promise<Buffer> {
  await scene.commit(path, bytes);
  return bytes;
}

describe("a push with Git LFS files", () => {
  test("is held with the digest and size of every object, and they go out at release, before the refs", async () => {
    const bytes = await commitLarge("model.bin");
    const push = await scene.must("push", "origin", "main");
    expect(push).toContain("NOT pushed yet");
    const hold = scene.onlyHold();
    expect(hold.card.undrawn).toEqual([
      { what: "model.bin (Git LFS object)", bytes: bytes.length, digest: digestOf(bytes) },
    ]);
    expect(codes(hold)).toContain("lfs");
    // Invariant 4: nothing leaves before the decision, neither refs nor objects.
    expect(host.objects.size).toBe(0);
    expect(host.asked.filter((line) => line.startsWith("PUT"))).toEqual([]);
    const before = scene.upstream.requests.length;
    expect((await scene.approve(hold)).state).toBe("released");
    expect(host.objects.get(digestOf(bytes))).toEqual(bytes);
    const order = scene.upstream.requests.slice(before).map(({ method, url }) => `${method} ${url}`);
    const uploaded = order.findIndex((line) => line.startsWith("PUT /lfs-storage/"));
    const refs = order.findIndex((line) => line.startsWith("POST") && line.endsWith("/git-receive-pack"));
    expect(uploaded).toBeGreaterThanOrEqual(0);
    expect(refs).toBeGreaterThan(uploaded);
    expect(order.some((line) => line.endsWith("/verify"))).toBe(true);
  });

  test("survives a restart of the gate between push and approval (invariant 7)", async () => {
    const bytes = await commitLarge("model.bin");
    await scene.must("push", "origin", "main");
    await scene.restartSurface();
    expect((await scene.approve(scene.onlyHold())).state).toBe("released");
    expect(host.objects.get(digestOf(bytes))).toEqual(bytes);
  });

  test("fails as a whole where the upstream does not take an object: no ref moves", async () => {
    await commitLarge("model.bin");
    await scene.must("push", "origin", "main");
    const before = scene.upstream.refs();
    host.uploadStatus = 507;
    const outcome = await scene.approve(scene.onlyHold());
    expect(outcome.state).toBe("failed");
    expect(outcome.words).toContain("HTTP 507");
    expect(scene.upstream.refs()).toEqual(before);
  });

  test("needs no bytes for what the upstream has already", async () => {
    const bytes = randomBytes(20_000);
    host.objects.set(digestOf(bytes), bytes);
    await commitLarge("again.bin", bytes);
    await scene.must("push", "origin", "main");
    expect(existsSync(lfsFolder()) ? readdirSync(lfsFolder()) : []).toEqual([]);
    expect((await scene.approve(scene.onlyHold())).state).toBe("released");
  });

  test("G27: is refused where the pointed-to object is neither here nor there", async () => {
    await commitLarge("model.bin");
    expect(await refusal(scene, "--no-verify", "origin", "main")).toContain("neither at the gate nor");
  });

  test("G27: two pointers that give one object two sizes are refused", async () => {
    const pointer = (size: number): string =>
      `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize ${size}\n`;
    await scene.commit("one.txt", pointer(10));
    await scene.commit("two.txt", pointer(11));
    expect(await refusal(scene, "--no-verify", "origin", "main")).toContain("with two sizes");
  });

  test("G27: a pointer that only an earlier commit has is named as well", async () => {
    const bytes = await commitLarge("model.bin");
    await scene.must("rm", "--quiet", "model.bin");
    await scene.must("commit", "--quiet", "-m", "Remove it");
    await scene.must("push", "origin", "main");
    expect(scene.onlyHold().card.undrawn.map(({ digest }) => digest)).toEqual([digestOf(bytes)]);
  });
});

describe("what is handed over", () => {
  const put = (oid: string, bytes: Buffer, size = bytes.length): Promise<Response> =>
    fetch(`${scene.gateUrl}/info/lfs/objects/${oid}/${size}`, {
      method: "PUT",
      body: new Uint8Array(bytes),
    });

  test("G27: other bytes than the pointer names are thrown away", async () => {
    const bytes = randomBytes(1000);
    for (const [oid, size] of [
      ["b".repeat(64), 1000],
      [digestOf(bytes), 999],
      [digestOf(bytes), 1001],
    ] as const) {
      const answer = await put(oid, bytes, size);
      expect(answer.status).toBe(422);
      expect(await answer.json()).toHaveProperty("message", expect.stringContaining("Nothing was kept"));
    }
    expect(readdirSync(lfsFolder())).toEqual([]);
  });

  test("has a limit for one object and for all of a repository (invariant 12)", async () => {
    await scene.restartSurface({ lfsObjectBytesMax: 2000, lfsStoreBytesMax: 3000 });
    const [first, second] = [randomBytes(2000), randomBytes(2000)];
    expect((await put(digestOf(randomBytes(2001)), randomBytes(2001))).status).toBeGreaterThanOrEqual(400);
    expect((await put(digestOf(first), first)).status).toBe(200);
    const over = await put(digestOf(second), second);
    expect(over.status).toBeGreaterThanOrEqual(400);
    expect(await over.text()).toContain("3000 bytes for one repository");
  });
});

describe("a clone with Git LFS files", () => {
  test("gets their content through the gate; invariant 2: no presigned address reaches the workstation", async () => {
    const bytes = await commitLarge("model.bin");
    await scene.must("push", "origin", "main");
    expect((await scene.approve(scene.onlyHold())).state).toBe("released");
    rmSync(lfsFolder(), { recursive: true });
    const other = join(scene.root, "other");
    const home = join(scene.root, "home-lfs");
    mkdirSync(home);
    await startClient(scene.root, home, ["lfs", "install"]).ended;
    const clone = await startClient(scene.root, home, ["clone", scene.gateUrl, other], {
      GIT_CURL_VERBOSE: "1",
      GIT_TRACE: "1",
    }).ended;
    expect(clone.code, clone.text).toBe(0);
    expect(readFileSync(join(other, "model.bin"))).toEqual(bytes);
    expect(clone.text).not.toContain(host.signature);
    const batch = await fetch(`${scene.gateUrl}/info/lfs/objects/batch`, {
      method: "POST",
      body: JSON.stringify({
        operation: "download",
        objects: [{ oid: digestOf(bytes), size: bytes.length }],
      }),
    });
    expect(await batch.text()).not.toContain(host.signature);
  });

  test.each([
    ["H4: in the gate's own network", "https://10.0.0.7/lfs-storage"],
    ["H4: under a name that leads into it", "https://rebound.example/lfs-storage"],
    ["in plain text at another host", "http://storage.example/lfs-storage"],
    ["at a service of this machine", "http://127.0.0.1:1/lfs-storage"],
  ])("an upstream that keeps its objects %s is not followed there", async (_name, storage) => {
    const bytes = randomBytes(100);
    host.objects.set(digestOf(bytes), bytes);
    host.storage = storage;
    scene.names["rebound.example"] = ["192.168.1.9"];
    scene.names["storage.example"] = ["93.184.216.34"];
    const answer = await fetch(`${scene.gateUrl}/info/lfs/objects/${digestOf(bytes)}/100`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const said = await answer.text();
    expect(said).toMatch(/not https|address/);
    expect(said).not.toContain(host.signature);
  });

  test("G33: a redirect of its storage is not followed", async () => {
    const bytes = randomBytes(100);
    host.objects.set(digestOf(bytes), bytes);
    const usual = scene.upstream.intercept;
    scene.upstream.intercept = (request, response) => {
      if (request.url?.startsWith("/lfs-storage/") !== true) return usual?.(request, response) ?? false;
      response.writeHead(302, { location: `${scene.upstream.url}/elsewhere` }).end();
      return true;
    };
    const before = scene.upstream.requests.length;
    const answer = await fetch(`${scene.gateUrl}/info/lfs/objects/${digestOf(bytes)}/100`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(scene.upstream.requests.slice(before).some(({ url }) => url.endsWith("/elsewhere"))).toBe(false);
  });

  test("gets an error where the upstream's bytes are not the object's", async () => {
    const bytes = randomBytes(100);
    host.objects.set(digestOf(bytes), randomBytes(100));
    const asked = fetch(`${scene.gateUrl}/info/lfs/objects/${digestOf(bytes)}/100`);
    const ended = asked
      .then((answer) => answer.arrayBuffer())
      .then(
        () => "arrived",
        () => "broke off",
      );
    expect(await ended).toBe("broke off");
  });
});
