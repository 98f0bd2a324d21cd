import { expect, test } from "vitest";
import { chooseEngine } from "./choose-engine.ts";
import { enginePaths } from "./paths.ts";

test("root gets an engine of its own and nothing to worry about", () => {
  expect(chooseEngine({ home: "/srv/nightgate", givenSocket: null, isRoot: true })).toEqual({
    kind: "own",
    socket: enginePaths("/srv/nightgate").socket,
    warning: null,
  });
});

test.each([
  {
    home: "/home/ada/nightgate/.nightgate",
    givenSocket: null,
    isRoot: false,
    socket: "/var/run/docker.sock",
  },
  { home: "/srv/nightgate", givenSocket: "/run/other.sock", isRoot: true, socket: "/run/other.sock" },
])("another engine is used with a sentence about what that weakens ($socket)", ({ socket, ...options }) => {
  const choice = chooseEngine(options);
  expect(choice).toMatchObject({ kind: "given", socket });
  expect(choice.warning).toContain("whoever may use that Docker can enter every workstation");
});

test("sockets stay far below the 107 bytes of a unix socket's path, however deep the home is", () => {
  const paths = enginePaths(`/${"deep/".repeat(60)}home`);
  // The longest that the engine makes below its exec folder is containerd/containerd-debug.sock.
  expect(paths.exec.length + "/containerd/containerd-debug.sock".length).toBeLessThan(100);
  expect(enginePaths("/a").run).not.toBe(enginePaths("/b").run);
});
