/** What an agent can do to the git surface, honest or not, and what a reviewer gets to see of it. */
import { execFileSync } from "node:child_process";
import type { Hold, PushFile, PushView } from "../../../core/ports.ts";
import { gitEnvironment } from "./client.ts";
import type { Scene } from "./scene.ts";

/** Pushes with force and answers the hold that it became. */
export async function pushed(scene: Scene, ...refs: string[]): Promise<Hold> {
  await scene.must("push", "--force", "origin", ...(refs.length === 0 ? ["main"] : refs));
  return scene.onlyHold();
}

/** Pushes in vain, and answers what git printed. A push that succeeds or is held fails the test. */
export async function refusal(scene: Scene, ...args: string[]): Promise<string> {
  const push = await scene.git("push", ...args);
  if (push.code === 0) throw new Error(`it was not refused:\n${push.text}`);
  if (scene.holds.all.length > 0) throw new Error(`it was held:\n${push.text}`);
  return push.text;
}

/** Sends bytes as a push, without git. */
export async function post(
  scene: Scene,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await fetch(`${scene.gateUrl}/git-receive-pack`, {
    method: "POST",
    body: typeof body === "string" ? body : new Uint8Array(body),
    headers: { "content-type": "application/x-git-receive-pack-request", ...headers },
  });
  return answer.text();
}

export function packet(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
}

/** Writes an object into the workstation's clone as it is, without git's own checks. */
export function rawObject(scene: Scene, type: string, body: Buffer | string): string {
  return execFileSync("git", ["hash-object", "-t", type, "-w", "--literally", "--stdin"], {
    cwd: scene.work,
    input: body,
    encoding: "utf8",
    env: gitEnvironment(scene.root),
  }).trim();
}

export async function head(scene: Scene, name = "HEAD"): Promise<string> {
  return (await scene.must("rev-parse", name)).trim();
}

export function viewOf(scene: Scene, hold: Hold): Promise<PushView> {
  return scene.surface.views.view(hold);
}

export function codes(hold: Hold): string[] {
  return hold.card.flags.map(({ code }) => code);
}

export function textOf(file: PushFile | undefined): string {
  return (file?.hunks ?? [])
    .flatMap(({ lines }) => lines.map(({ mark, text }) => `${mark}${text}`))
    .join("\n");
}
