/** A home out of a backup waits in the provisioner's folder until its workstation's container is made; then it is put in and the file goes. */
import { createReadStream, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

export const HOME_INSIDE = "/home/agent";

/** Puts the home of `workstation` back with `put`, if one waits in `folder`. When `put` fails it goes on waiting. */
export async function takeRestoredHome(
  folder: string,
  workstation: string,
  put: (tar: NodeJS.ReadableStream) => Promise<unknown>,
): Promise<void> {
  const file = join(folder, `${workstation}.tar`);
  if (!existsSync(file)) return;
  await put(createReadStream(file));
  rmSync(file);
}
