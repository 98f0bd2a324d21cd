/** What real repositories have: submodules, tags that move and go, and other object formats. */
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newId } from "@nightgate/shared/ids";
import type { GitResource } from "@nightgate/shared/policy";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { codes, head, pushed, textOf, viewOf } from "./testing/agent.ts";
import { gitEnvironment, startClient } from "./testing/client.ts";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.stop());

/** A second guarded repository at the same host, as it is known outside. */
function secondRepository(): { resource: GitResource; rewrite: string[] } {
  cpSync(scene.upstream.dir, join(scene.upstream.dir, "../library.git"), { recursive: true });
  const resource: GitResource = {
    ...scene.resource,
    id: newId("resource"),
    name: "acme/library",
    url: scene.upstream.url.replace("shop.git", "library.git"),
  };
  scene.others.push(resource);
  // As agentd writes it into the workstation's /etc/gitconfig.
  const rewrites = [scene.resource, resource].map(
    ({ id, url }) => `url.${scene.gateUrl.replace(scene.resource.id, id)}.insteadOf=${url}`,
  );
  return { resource, rewrite: rewrites.flatMap((setting) => ["-c", setting]) };
}

describe("submodules", () => {
  test("one of two guarded repositories in the other: shown as the commit that it names, released, and cloned through the gate", async () => {
    const { resource, rewrite } = secondRepository();
    await scene.must(...rewrite, "submodule", "--quiet", "add", resource.url, "vendor/library");
    await scene.must("commit", "--quiet", "-m", "Use the library");
    const named = await head(scene, "HEAD:vendor/library");
    const hold = await pushed(scene);
    expect(codes(hold)).toContain("submodule");
    const files = (await viewOf(scene, hold)).files;
    expect(textOf(files.find(({ path }) => path === "vendor/library"))).toBe(`+Subproject commit ${named}`);
    expect((await scene.approve(hold)).state).toBe("released");

    const clone = await startClient(scene.root, scene.root, [
      ...rewrite,
      "clone",
      "--quiet",
      "--recurse-submodules",
      scene.resource.url,
      "clone",
    ]).ended;
    expect(clone.code, clone.text).toBe(0);
    expect(readFileSync(join(scene.root, "clone/vendor/library/README.md"), "utf8")).not.toBe("");
  });

  test("the new commit of a submodule is shown beside the old one", async () => {
    const { resource, rewrite } = secondRepository();
    await scene.must(...rewrite, "submodule", "--quiet", "add", resource.url, "library");
    await scene.must("commit", "--quiet", "-m", "Use the library");
    const before = await head(scene, "HEAD:library");
    await scene.approve(await pushed(scene));
    const inside = join(scene.work, "library");
    const commit = ["commit", "--quiet", "--allow-empty", "-m", "Later"];
    expect((await startClient(inside, scene.root, commit).ended).code).toBe(0);
    await scene.must("commit", "--quiet", "-am", "Take the later one");
    const hold = await pushed(scene);
    const file = (await viewOf(scene, hold)).files.find(({ path }) => path === "library");
    expect(textOf(file)).toBe(
      `-Subproject commit ${before}\n+Subproject commit ${await head(scene, "HEAD:library")}`,
    );
  });
});

describe("tags", () => {
  test("an annotated tag that moves and one that goes are named so, and released exactly (invariant 5)", async () => {
    await scene.must("tag", "-a", "-m", "Two", "v2");
    const first = await head(scene, "v2");
    expect((await scene.approve(await pushed(scene, "v2"))).state).toBe("released");
    expect(scene.upstream.refs()["refs/tags/v2"]).toBe(first);

    await scene.commit("later.txt", "later");
    await scene.must("tag", "--force", "-a", "-m", "Two, again", "v2");
    const moved = await head(scene, "v2");
    const move = await pushed(scene, "v2");
    expect(move.card.title).toBe("atlas wants to MOVE the tag acme/shop v2");
    expect(codes(move)).toContain("tag-move");
    expect((await scene.approve(move)).state).toBe("released");
    // The tag object itself, not the commit behind it.
    expect(moved).not.toBe(await head(scene, "v2^{commit}"));
    expect(scene.upstream.refs()["refs/tags/v2"]).toBe(moved);

    const removal = await pushed(scene, ":refs/tags/v2");
    expect(removal.card.title).toBe("atlas wants to DELETE the tag acme/shop v2");
    expect((await scene.approve(removal)).state).toBe("released");
    expect(scene.upstream.refs()["refs/tags/v2"]).toBeUndefined();
  });

  test("a tag that has moved upstream meanwhile is not overwritten (invariant 5)", async () => {
    await scene.commit("later.txt", "later");
    await scene.must("tag", "--force", "v1");
    const hold = await pushed(scene, "v1");
    execFileSync("git", ["update-ref", "-d", "refs/tags/v1"], { cwd: scene.upstream.dir });
    expect((await scene.approve(hold)).state).toBe("failed");
    expect(scene.upstream.refs()["refs/tags/v1"]).toBeUndefined();
  });
});

describe("G30: a repository with SHA-256 object ids", () => {
  beforeEach(() => {
    rmSync(scene.upstream.dir, { recursive: true });
    execFileSync("git", ["init", "--quiet", "--bare", "--object-format=sha256", scene.upstream.dir], {
      env: gitEnvironment(scene.root),
    });
    execFileSync("git", ["config", "http.receivepack", "true"], { cwd: scene.upstream.dir });
  });

  test("a push to it is refused with a sentence, and nothing is held", async () => {
    const run = (...args: string[]): string =>
      execFileSync("git", args, {
        cwd: scene.upstream.dir,
        encoding: "utf8",
        env: gitEnvironment(scene.root),
      }).trim();
    const tree = run("hash-object", "-t", "tree", "-w", "/dev/null");
    run("update-ref", "refs/heads/main", run("commit-tree", tree, "-m", "First"));
    await scene.commit("a.txt", "a");
    const push = await scene.git("push", "origin", "main");
    expect(push.code).not.toBe(0);
    expect(push.text).toContain("it uses another object format than SHA-1");
    expect(scene.holds.all).toEqual([]);
  });

  test("an empty one does not say so before the release, which then fails: nothing arrives", async () => {
    const outcome = await scene.approve(await pushed(scene));
    expect(outcome.state).toBe("failed");
    expect(outcome.words).toContain("it uses another object format than SHA-1");
    expect(scene.upstream.refs()).toEqual({});
  });
});
