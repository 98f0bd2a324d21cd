/**
 * Under which origins this gate has been served. The host name is the passkeys' relying party and stays what it was at the first enrolment;
 * the port may change, and what was signed under an earlier one still verifies.
 */
import { join } from "node:path";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { readIfPresent, writeDurably } from "./durable-file.ts";

const kept = z.array(z.url()).max(1000);

/** Enters `origin` and returns all, this one first. `enrolled`: passkeys exist. Throws Problem settings.differ for another host name than theirs. */
export function rememberOrigin(folder: string, origin: string, enrolled: boolean): readonly string[] {
  const before = knownOrigins(folder);
  const host = new URL(origin).hostname;
  const other = before.map((each) => new URL(each).hostname).find((each) => each !== host);
  if (enrolled && other !== undefined)
    throw new Problem("settings.differ", {
      why: `passkeys were enrolled for ${other}, and NIGHTGATE_GATE_ORIGIN is at ${host}: they would not work there`,
    });
  const all = [origin, ...before.filter((each) => each !== origin && new URL(each).hostname === host)];
  if (before[0] !== origin || before.length !== all.length)
    writeDurably(fileIn(folder), `${JSON.stringify(all)}\n`);
  return all;
}

/** All of them, the present one first; none before the gate's first start. */
export function knownOrigins(folder: string): readonly string[] {
  const text = readIfPresent(fileIn(folder));
  return text === null ? [] : kept.parse(JSON.parse(text));
}

function fileIn(folder: string): string {
  return join(folder, "origins.json");
}
