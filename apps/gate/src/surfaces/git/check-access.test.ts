/** A credential is tried before it is signed for: it must read, and where pushes are held it must be allowed to push; trying writes nothing. */
import { afterEach, expect, test } from "vitest";
import { openScene, type Scene } from "./testing/scene.ts";

let scene: Scene | null = null;
afterEach(async () => {
  await scene?.stop();
  scene = null;
});

test("the right one passes, and nothing is written", async () => {
  scene = await openScene();
  const before = scene.upstream.refs();
  const { resource, credential } = scene;
  await scene.surface.checkAccess({ resource, credential, signed: true });
  expect(scene.upstream.requests.map(({ method }) => method)).not.toContain("DELETE");
  expect(scene.upstream.requests.some(({ url }) => url.endsWith("/git-receive-pack"))).toBe(false);
  expect(scene.upstream.requests.some(({ url }) => url.endsWith("service=git-receive-pack"))).toBe(true);
  expect(scene.upstream.refs()).toEqual(before);
});

test("a wrong one is refused with what it needs, and is not repeated", async () => {
  scene = await openScene();
  const { resource } = scene;
  const tried = scene.surface.checkAccess({ resource, credential: "robot:wr0ng-c4nary", signed: true });
  const problem = await tried.catch((error: unknown) => error);
  expect(problem).toMatchObject({ code: "git.credential-unfit" });
  expect(String(problem)).toContain("read acme/shop");
  expect(String(problem)).toContain("read and push to this repository and nothing else");
  expect(String(problem)).not.toContain("wr0ng");
});

test("one that reads but may not push is refused where pushes are held, and enough where they are denied", async () => {
  scene = await openScene();
  scene.upstream.intercept = (request, response) => {
    if (request.url?.includes("git-receive-pack") !== true) return false;
    response.writeHead(403, { "content-type": "text/plain" }).end("Write access not granted.\n");
    return true;
  };
  const { resource, credential } = scene;
  await expect(scene.surface.checkAccess({ resource, credential, signed: true })).rejects.toMatchObject({
    code: "git.credential-unfit",
    details: { what: "push to" },
  });
  await scene.surface.checkAccess({ resource: { ...resource, push: "deny" }, credential, signed: true });
});

test("an address that nobody has signed for is not asked inside the gate's own network", async () => {
  scene = await openScene();
  const { resource } = scene;
  scene.names["inside.example"] = ["10.0.0.7"];
  for (const url of [resource.url, "http://inside.example/acme/shop.git"])
    await scene.surface.checkAccess({ resource: { ...resource, url }, credential: "a:b", signed: false });
  expect(scene.upstream.requests).toEqual([]);
});
