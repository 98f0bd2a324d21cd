/** Releasing and settling: exactly what was shown, at most once, and the truth from upstream (invariants 5 and 6). */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ABSENT_OBJECT } from "@nightgate/shared/actions";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hold, Outcome } from "../../core/ports.ts";
import { markerOf } from "./process-group.ts";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
const strangers: ChildProcess[] = [];
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  for (const stranger of strangers.splice(0)) stranger.kill("SIGKILL");
  await scene.stop();
});

const held = async (...refs: string[]): Promise<Hold> => {
  await scene.must("push", "--force", "origin", ...(refs.length === 0 ? ["main"] : refs));
  return scene.onlyHold();
};
const upstreamPush = (...refs: string[]): Promise<string> =>
  scene.must("push", "--quiet", "--force", scene.upstream.dir, ...refs);
const settle = (hold: Hold, marker: Record<string, unknown> | null): Promise<Outcome> => {
  if (hold.action.kind !== "git.push") throw new Error("not a push");
  return scene.surface.handler.settle(
    hold.action,
    { hold, resource: scene.resource, credential: scene.credential, signal: new AbortController().signal },
    marker,
  );
};
const release = (
  hold: Hold,
  dispatching: (marker: Record<string, unknown>) => Promise<void>,
  signal = new AbortController().signal,
): Promise<Outcome> => {
  if (hold.action.kind !== "git.push") throw new Error("not a push");
  return scene.surface.handler.release(hold.action, {
    hold,
    resource: scene.resource,
    credential: scene.credential,
    dispatching,
    signal,
  });
};
const upstreamHook = (name: string, script: string): void => {
  writeFileSync(join(scene.upstream.dir, "hooks", name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(scene.upstream.dir, "hooks", name), 0o755);
};
const deadMarker = async (): Promise<Record<string, unknown>> => {
  const child = spawn("true", { detached: true });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const marker = await markerOf(child.pid ?? 0, "token");
  await closed;
  return { ...marker };
};

describe("release", () => {
  test("G11: upstream moved after the push was shown: nothing goes out, the words say what to do (invariant 5)", async () => {
    const base = (await scene.must("rev-parse", "HEAD")).trim();
    await scene.commit("mine.txt", "mine\n");
    const hold = await held();
    await scene.must("checkout", "--quiet", "-b", "theirs", base);
    const theirs = await scene.commit("theirs.txt", "theirs\n");
    await upstreamPush("theirs:main");
    const outcome = await scene.approve(hold);
    expect(outcome.state).toBe("failed");
    expect(outcome.words).toBe(
      "refs/heads/main has moved upstream meanwhile, so nothing was pushed. Fetch, and push again to ask anew.",
    );
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(theirs);
  });

  test("G11: upstream moved back to an ancestor: a fast-forward would succeed, the lease does not", async () => {
    await scene.commit("mine.txt", "mine\n");
    const hold = await held();
    await upstreamPush("HEAD~2:main");
    const before = scene.upstream.refs();
    expect((await scene.approve(hold)).state).toBe("failed");
    expect(scene.upstream.refs()).toEqual(before);
  });

  test("G13: a branch that was to be created exists meanwhile", async () => {
    await scene.commit("mine.txt", "mine\n");
    const hold = await held("main:fresh");
    await upstreamPush("v1:refs/heads/fresh");
    const before = scene.upstream.refs();
    expect((await scene.approve(hold)).words).toContain("refs/heads/fresh has moved upstream meanwhile");
    expect(scene.upstream.refs()).toEqual(before);
  });

  test("G13: a branch that was to be deleted has moved meanwhile", async () => {
    await upstreamPush("main:gone");
    const hold = await held(":gone");
    await upstreamPush("HEAD~1:gone");
    expect((await scene.approve(hold)).state).toBe("failed");
    expect(scene.upstream.refs()["refs/heads/gone"]).toBeDefined();
  });

  test("the marker is journalled before upstream hears anything; if that fails, it never does (invariant 6)", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    const before = scene.upstream.requests.length;
    let atDispatch = -1;
    await expect(
      release(hold, async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        atDispatch = scene.upstream.requests.length;
        throw new Error("disk full");
      }),
    ).rejects.toThrow("disk full");
    expect(atDispatch).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(scene.upstream.requests.length).toBe(before);
  });

  test("a release that is stopped says what is true upstream", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    const stop = new AbortController();
    scene.upstream.intercept = (request) => {
      const hangs = request.method === "POST";
      if (hangs) {
        scene.upstream.intercept = null;
        setTimeout(() => stop.abort(), 50);
      }
      return hangs;
    };
    expect(await release(hold, async () => undefined, stop.signal)).toMatchObject({ state: "failed" });
    expect(scene.upstream.refs()["refs/heads/main"]).not.toBe(
      hold.action.kind === "git.push" && hold.action.updates[0]?.new,
    );
  });

  test("upstream refuses (a protected branch): its words come back, without escapes and without the credential (G35, invariant 2)", async () => {
    upstreamHook(
      "update",
      `printf 'protected \\033[31mred\\033]0;title\\007 ${scene.upstream.credential} \\302\\233x\\n' >&2; exit 1`,
    );
    await scene.commit("a.txt", "a\n");
    const outcome = await scene.approve(await held());
    expect(outcome.state).toBe("failed");
    expect(outcome.words).toContain(
      "The upstream refused it (refs/heads/main: [remote rejected] (hook declined))",
    );
    expect(outcome.words).toContain("protected red");
    expect(JSON.stringify(outcome)).not.toMatch(/\\u001b|\\u009b|s3cret/);
  });

  test("a wrong credential, or a dead upstream, at the moment of release: failed, because nothing was sent", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    scene.credential = "robot:wrong";
    expect(await scene.approve(hold)).toMatchObject({
      state: "failed",
      words: expect.stringContaining("does not accept the credential") as unknown,
    });
    await scene.upstream.stop();
    expect(await scene.approve(hold)).toMatchObject({
      state: "failed",
      words: expect.stringContaining("cannot reach the upstream") as unknown,
    });
  });

  test("the answer is lost after upstream took it: released, because upstream shows it (invariant 6)", async () => {
    const id = await scene.commit("a.txt", "a\n");
    const hold = await held();
    scene.upstream.loseAnswers = true;
    const outcome = await scene.approve(hold);
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
    expect(outcome).toMatchObject({ state: "released", evidence: { refs: { "refs/heads/main": id } } });
  });

  test("the connection breaks and upstream is gone: unknown, never a guess (invariant 6)", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    scene.upstream.intercept = (request) => {
      if (request.method !== "POST") return false;
      void scene.upstream.stop();
      return true;
    };
    expect((await scene.approve(hold)).state).toBe("unknown");
  });

  test("releasing what upstream has already changes nothing and is released", async () => {
    const id = await scene.commit("a.txt", "a\n");
    const hold = await held();
    await upstreamPush("main");
    expect((await scene.approve(hold)).state).toBe("released");
    expect(scene.upstream.refs()["refs/heads/main"]).toBe(id);
  });
});

describe("settle", () => {
  test("upstream has the ids: released", async () => {
    const id = await scene.commit("a.txt", "a\n");
    const hold = await held();
    await upstreamPush("main");
    expect(await settle(hold, await deadMarker())).toMatchObject({
      state: "released",
      evidence: { refs: { "refs/heads/main": id } },
    });
  });

  test("upstream has a descendant: released", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    await scene.must("checkout", "--quiet", "-b", "later");
    await scene.commit("b.txt", "b\n");
    await upstreamPush("later:main");
    expect(await settle(hold, await deadMarker())).toMatchObject({ state: "released" });
  });

  test("upstream is where it was: failed", async () => {
    await scene.commit("a.txt", "a\n");
    expect(await settle(await held(), await deadMarker())).toMatchObject({
      state: "failed",
      evidence: { settled: true },
    });
  });

  test("upstream is elsewhere: unknown", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    await scene.must("checkout", "--quiet", "--orphan", "elsewhere");
    await scene.commit("c.txt", "c\n");
    await upstreamPush("elsewhere:main");
    expect(await settle(hold, await deadMarker())).toMatchObject({ state: "unknown" });
  });

  test("one ref of two arrived: unknown", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held("main:one", "main:two");
    await upstreamPush("main:one");
    expect(await settle(hold, await deadMarker())).toMatchObject({
      state: "unknown",
      evidence: { refs: { "refs/heads/two": ABSENT_OBJECT } },
    });
  });

  test("upstream cannot be asked: unknown", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    await scene.upstream.stop();
    expect(await settle(hold, await deadMarker())).toMatchObject({ state: "unknown" });
  });

  test("nothing was journalled: failed, whatever upstream shows", async () => {
    await scene.commit("a.txt", "a\n");
    expect(await settle(await held(), null)).toMatchObject({ state: "failed", evidence: { sent: false } });
  });

  test("a marker that cannot be read: unknown", async () => {
    await scene.commit("a.txt", "a\n");
    expect(await settle(await held(), { pid: "x" })).toMatchObject({ state: "unknown" });
  });

  test("G32: a push that still runs is ended first, with all that it started, and cannot arrive afterwards (invariant 6)", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    const before = scene.upstream.refs();
    const reached = new Promise<void>((resolve) => {
      scene.upstream.intercept = (request) => {
        if (request.method === "POST") resolve();
        return request.method === "POST";
      };
    });
    const markers: Record<string, unknown>[] = [];
    const running = release(hold, async (marker) => void markers.push(marker));
    await reached;
    scene.upstream.intercept = null;
    const marker = markers[0] ?? {};
    const members = groupMembers(Number(marker["pgid"]));
    expect(members.length).toBeGreaterThan(1);
    expect(await settle(hold, marker)).toMatchObject({ state: "failed" });
    expect(
      members.filter(
        (pid) => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "",
      ),
    ).toEqual([]);
    expect(scene.upstream.refs()).toEqual(before);
    expect(await running).toMatchObject({ state: "failed" });
  });

  test("a process that has the old number, and is not that push, is left alone", async () => {
    await scene.commit("a.txt", "a\n");
    const hold = await held();
    const stranger = spawn("sleep", ["60"], { detached: true });
    strangers.push(stranger);
    const marker = await markerOf(stranger.pid ?? 0, "another token");
    expect((await settle(hold, { ...marker, startTime: "1" })).state).toBe("failed");
    expect((await settle(hold, { ...marker, bootId: "before the restart" })).state).toBe("failed");
    expect(stranger.exitCode).toBeNull();
    expect(stranger.signalCode).toBeNull();
  });
});

function groupMembers(pgid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]) === pgid;
      } catch {
        return false;
      }
    });
}
