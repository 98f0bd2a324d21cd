/** Invariant 2, attacked: the credential of an upstream is looked for everywhere that an agent, a log or a disk could have it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene;
afterEach(() => scene.stop());

interface Seen {
  arguments: Set<string>;
  /** Environments of processes that receive what an agent sends. */
  receivers: Set<string>;
}

/** Looks at all processes again and again until it is stopped. */
function watchProcesses(): { stop(): Promise<Seen> } {
  const seen: Seen = { arguments: new Set(), receivers: new Set() };
  let on = true;
  const read = (path: string): string => {
    try {
      return readFileSync(path, "latin1").replaceAll("\0", " ");
    } catch {
      return "";
    }
  };
  const look = async (): Promise<Seen> => {
    while (on) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        const line = read(`/proc/${pid}/cmdline`);
        if (!line.includes("git")) continue;
        seen.arguments.add(line);
        if (/receive-pack|index-pack|proc-receive|pre-receive/.test(line) && line.includes(scene.folder))
          seen.receivers.add(read(`/proc/${pid}/environ`));
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return seen;
  };
  const looking = look();
  return {
    stop: () => {
      on = false;
      return looking;
    },
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

test("the credential is in no argument, no answer, no file, no log, no card, and in no process that an agent feeds (invariant 2)", async () => {
  scene = await openScene();
  const token = scene.upstream.credential.split(":")[1] ?? "";
  const forms = [
    scene.upstream.credential,
    token,
    Buffer.from(scene.upstream.credential).toString("base64"),
    encodeURIComponent(token),
  ];
  const has = (text: string): boolean => forms.some((form) => text.includes(form));
  expect(has(`xx${token}`)).toBe(true);

  const watch = watchProcesses();
  const answers: string[] = [];
  const run = async (...args: string[]): Promise<void> => {
    const result = await scene.git("-c", "http.extraHeader=x: y", ...args);
    answers.push(result.text);
  };
  await run("fetch", "origin");
  await scene.commit("a.txt", "a\n");
  await run("push", "origin", "main");
  const hold = scene.onlyHold();
  const outcome = await scene.approve(hold);
  expect(outcome.state).toBe("released");
  await scene.commit("b.txt", "b\n");
  // Wrong ways, too: an upstream that says the credential back, and one that refuses it.
  scene.upstream.intercept = (request, response) => {
    response
      .writeHead(500, { "content-type": "text/plain" })
      .end(`bad ${request.headers.authorization ?? ""} ${scene.upstream.credential}`);
    return true;
  };
  await run("fetch", "origin");
  await run("push", "origin", "main");
  answers.push(JSON.stringify(await scene.approve(hold)));
  const seen = await watch.stop();

  // The watch has seen what it was to see.
  expect([...seen.arguments].some((line) => line.includes("push --porcelain"))).toBe(true);
  expect([...seen.arguments].some((line) => line.includes("fetch --quiet --prune"))).toBe(true);
  expect(seen.receivers.size).toBeGreaterThan(0);

  expect([...seen.arguments].filter(has)).toEqual([]);
  expect([...seen.receivers].filter(has)).toEqual([]);
  expect(answers.filter(has)).toEqual([]);
  expect(has(JSON.stringify([scene.holds.all, scene.markers, outcome]))).toBe(false);
  expect(has(scene.logged.join("\n"))).toBe(false);
  expect(filesBelow(scene.folder).filter((path) => has(readFileSync(path, "latin1")))).toEqual([]);
});
