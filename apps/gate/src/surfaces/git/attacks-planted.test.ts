/** Attacks with what a workstation plants in a push (G21, C6, C10): what runs elsewhere, what is to run here, and who and when it says it was. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { whyNotGranted } from "@nightgate/evidence/grants";
import { type GrantOpenAction } from "@nightgate/shared/actions";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pushed, viewOf } from "./testing/agent.ts";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.stop());

describe("what is planted in a push", () => {
  test("G21: what an automation runs with secrets is held on every branch, flagged, and beyond any grant", async () => {
    await scene.commit(".github/workflows/steal.yml", "on: push\njobs: {}\n");
    const hold = await pushed(scene, "HEAD:refs/heads/agent/nobody-protects-this");
    expect(hold.card.flags[0]).toMatchObject({ level: "danger", code: "workflow" });
    const grant: GrantOpenAction = {
      kind: "grant.open",
      organization: scene.caller.organization,
      resource: scene.resource.id,
      workstation: "*",
      refs: ["refs/heads/agent/*"],
      verbs: ["create", "fast-forward"],
      count: 20,
      until: "2099-01-01T00:00:00.000Z",
      nonce: "A".repeat(22),
    };
    const use = { ...hold, at: hold.createdAt };
    expect(whyNotGranted(grant, use)).toBe("something in it is dangerous (workflow)");
    expect(whyNotGranted(grant, { ...use, card: { ...use.card, flags: [] } })).toBeNull();
  });

  test("C6: what is in a push, and in the clone that it comes from, is never run by the gate", async () => {
    const ran = join(scene.root, "ran");
    const script = `#!/bin/sh\necho ran >> ${ran}\ncat\n`;
    const hooks = [
      "pre-receive",
      "update",
      "post-receive",
      "post-update",
      "reference-transaction",
      "post-checkout",
    ];
    for (const name of hooks)
      for (const folder of ["hooks", ".githooks", ".husky", ".git/hooks-of-mine"])
        scene.write(`${folder}/${name}`, script);
    scene.write("evil.sh", script);
    scene.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    scene.write(".gitconfig", `[core]\n\thooksPath = hooks\n[diff "evil"]\n\ttextconv = ./evil.sh\n`);
    scene.write(".lfsconfig", "[lfs]\n\turl = https://evil.example\n");
    scene.write("config", `[filter "evil"]\n\tsmudge = ./evil.sh\n\tclean = ./evil.sh\n`);
    await scene.must("add", "-A");
    await scene.must("update-index", "--chmod=+x", "evil.sh", ...hooks.map((name) => `hooks/${name}`));
    await scene.must("commit", "--quiet", "-m", "innocent");
    const hold = await pushed(scene);
    expect((await viewOf(scene, hold)).files.length).toBeGreaterThan(hooks.length);
    expect((await scene.approve(hold)).state).toBe("released");
    expect(existsSync(ran)).toBe(false);
  });

  test("C10: whose push it is, and when, is not what the workstation says", async () => {
    const before = Date.now();
    scene.write("a.txt", "a\n");
    await scene.must("add", "-A");
    const lies = ["-c", "user.name=Ada Approver", "-c", "user.email=ada@example.com"];
    await scene.must(...lies, "commit", "--quiet", "--date=2001-01-01T00:00:00Z", "-m", "Approved by Ada");
    const header = (name: string, value: string): string[] => ["-c", `http.extraHeader=${name}: ${value}`];
    await scene.must(
      ...header("Nightgate-Workstation", "ws_000000000000"),
      ...header("Nightgate-Organization", "org_000000000000"),
      ...header("Date", "Mon, 01 Jan 2001 00:00:00 GMT"),
      "push",
      "origin",
      "main",
    );
    const hold = scene.onlyHold();
    expect(hold).toMatchObject({
      organization: scene.caller.organization,
      workstation: scene.caller.workstation,
      action: { organization: scene.caller.organization, workstation: scene.caller.workstation },
    });
    expect(hold.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(hold.card.title).toBe("atlas wants to push 1 commit to acme/shop main");
    expect(hold.agentWords).toBe("Approved by Ada");
  });
});
