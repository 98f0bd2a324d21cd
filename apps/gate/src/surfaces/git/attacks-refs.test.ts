/** Attacks on refs (G1, G7, G9, G14, G23, G24): each one really pushed, by a real client. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { head, pushed, refusal } from "./testing/agent.ts";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.stop());

describe("refs", () => {
  test.each([
    [
      "G1",
      "refs/replace/1111111111111111111111111111111111111111",
      "replacement objects would let a reviewer see something else",
    ],
    ["G1", "refs/notes/commits", "notes are not shown to reviewers"],
    ["G1", "refs/meta/config", "it configures the upstream"],
    ["G1", "refs/for/main", "it asks the upstream to make a change of its own"],
    ["G1", "refs/held/H-00000000", "hidden ref"],
    ["G1", "refs/pull/1/head", "only branches (refs/heads/) and tags (refs/tags/) can be"],
    ["G1", "refs/remotes/origin/main", "it is a tracking ref of your own clone"],
    ["G1", "refs/heads/HEAD", "its name looks like something else"],
    ["S3", "refs/heads/main\u202egpj", "its name has invisible characters in it"],
    ["G18", `refs/heads/${"x".repeat(245)}`, "its name is longer than 240 bytes"],
  ])("%s: %s is refused with the reason", async (_id, ref, words) => {
    expect(await refusal(scene, "origin", `main:${ref}`)).toContain(words);
  });

  test("G7: a push of which one ref is refused is not held in part, and each ref says why", async () => {
    await scene.commit("a.txt", "a\n");
    const push = await scene.git("push", "origin", "main", "main:refs/notes/x");
    expect(push.text).toMatch(
      /refs\/notes\/x \(refs\/notes\/x cannot be pushed through the gate: notes are not shown/,
    );
    expect(push.text).toContain("main -> main (not held, because another ref of this push is refused)");
    expect(scene.holds.all).toHaveLength(0);
  });

  test("G7: each ref of a push is a line of its own with its own verb, and is released with the others or not at all", async () => {
    const id = await scene.commit("a.txt", "a\n");
    const hold = await pushed(scene, "main:innocent", "main:main");
    expect(hold.action).toMatchObject({
      updates: [
        { ref: "refs/heads/main", verb: "fast-forward", new: id },
        { ref: "refs/heads/innocent", verb: "create", new: id },
      ],
    });
    expect(hold.card.title).toBe("atlas wants to push 1 commit to acme/shop main and 1 more ref");
    expect(hold.card.facts.map(({ value }) => value).join("\n")).toMatch(
      /refs\/heads\/main: .*\n.*refs\/heads\/innocent: /,
    );
    // One of the two moves: nothing of the group arrives.
    await scene.must("push", "--quiet", scene.upstream.dir, "HEAD~1:refs/heads/innocent");
    const before = scene.upstream.refs();
    expect(await scene.approve(hold)).toMatchObject({ state: "failed" });
    expect(scene.upstream.refs()).toEqual(before);
  });

  test("G9: the verb is what happens upstream, whatever the client calls it (invariant 3)", async () => {
    await scene.must(
      "push",
      "--quiet",
      scene.upstream.dir,
      "main:old",
      "main:gone",
      "v1:refs/tags/v2",
      "v1:refs/tags/v3",
    );
    await scene.must("checkout", "--quiet", "-b", "rewritten", "HEAD~1");
    await scene.commit("other.txt", "other\n");
    const hold = await pushed(
      scene,
      "rewritten:old",
      ":gone",
      "rewritten:refs/tags/v2",
      ":refs/tags/v3",
      "rewritten:refs/tags/v4",
      "rewritten:fresh",
    );
    const verbs = Object.fromEntries(
      hold.action.kind === "git.push" ? hold.action.updates.map(({ ref, verb }) => [ref, verb]) : [],
    );
    expect(verbs).toEqual({
      "refs/heads/old": "force",
      "refs/heads/gone": "delete",
      "refs/tags/v2": "tag-move",
      "refs/tags/v3": "tag-delete",
      "refs/tags/v4": "tag-create",
      "refs/heads/fresh": "create",
    });
    expect(hold.card.title).toContain("with FORCE and DELETE and MOVE of a tag");
    expect(
      hold.card.flags
        .filter(({ level }) => level === "danger")
        .map(({ code }) => code)
        .sort(),
    ).toEqual(["delete", "delete", "force", "tag-move"]);
    expect((await scene.approve(hold)).state).toBe("released");
    const after = scene.upstream.refs();
    expect(after["refs/heads/gone"]).toBeUndefined();
    expect(after["refs/heads/old"]).toBe(await head(scene, "rewritten"));
  });

  test("G9: a forced push says how many commits it drops", async () => {
    await scene.must("reset", "--quiet", "--hard", "HEAD~1");
    await scene.commit("x.txt", "x\n");
    const hold = await pushed(scene, "main");
    expect(hold.card.title).toBe("atlas wants to FORCE-push 1 commit to acme/shop main, dropping 1");
    expect(hold.card.flags[0]).toMatchObject({ level: "danger", code: "force" });
  });

  test("G14: the same commits to another ref are another action (invariant 5)", async () => {
    await scene.commit("a.txt", "a\n");
    const first = await pushed(scene, "main:one");
    await scene.must("push", "origin", "main:two");
    const second = scene.holds.all.find(({ id }) => id !== first.id);
    expect(second?.actionDigest).not.toBe(first.actionDigest);
    const strange = { ...scene.resource, url: scene.resource.url.replace("shop", "other") };
    if (first.action.kind !== "git.push") throw new Error("not a push");
    const context = {
      hold: first,
      resource: strange,
      credential: scene.credential,
      dispatching: async () => undefined,
      signal: new AbortController().signal,
    };
    await expect(scene.surface.handler.release(first.action, context)).rejects.toMatchObject({
      code: "git.upstream-unusable",
    });
    // A hold's action cannot be released from another hold's objects.
    const context2 = { ...context, hold: { ...first, id: second?.id ?? "" }, resource: scene.resource };
    await expect(
      scene.surface.handler.release(
        { ...first.action, updates: first.action.updates.map((update) => ({ ...update, new: update.old })) },
        context2,
      ),
    ).rejects.toMatchObject({ code: "git.broken" });
    expect(scene.upstream.refs()["refs/heads/one"]).toBeUndefined();
  });

  test("G23: push options are not offered, so git refuses to send them", async () => {
    await scene.commit("a.txt", "a\n");
    expect(await refusal(scene, "-o", "ci.skip", "origin", "main")).toContain(
      "the receiving end does not support push options",
    );
  });

  test("G24: a signed push is not offered either", async () => {
    await scene.commit("a.txt", "a\n");
    expect(await refusal(scene, "--signed=yes", "origin", "main")).toContain(
      "the receiving end does not support --signed push",
    );
  });
});
