/** Whether both names lead here from elsewhere: asked by this host over the names themselves, and kept for a while, since everybody may ask. */
import { checkName, type NameFound } from "@nightgate/shared/name-check";
import { z } from "zod";
import { limits } from "../../limits.ts";
import { addresses } from "../../server/addresses.ts";
import { askGate } from "../../server/gate-client.ts";
import { processMark } from "../../server/process-mark.ts";

let last: { at: number; found: Promise<NameFound[]> } | null = null;

/** What is wrong with each https name; nothing at all for names of this computer. */
export async function checkNames(): Promise<NameFound[]> {
  if (last === null || Date.now() - last.at > limits.namesCheckedEveryMs)
    last = { at: Date.now(), found: look() };
  return await last.found;
}

const keys = z.object({ keys: z.array(z.looseObject({ kid: z.string() })).min(1) });
const health = z.object({ mark: z.string() });

async function look(): Promise<NameFound[]> {
  const { webOrigin, gateOrigin } = addresses();
  const names = [
    {
      origin: webOrigin,
      what: "Nightgate",
      path: "/api/health",
      isOurs: (body: unknown) => health.safeParse(body).data?.mark === processMark(),
    },
    { origin: gateOrigin, what: "The gate", path: "/api/keys", isOurs: await isOurGate() },
  ];
  return await Promise.all(
    names.filter(({ origin }) => origin.startsWith("https:")).map(async (name) => await checkName(name)),
  );
}

/** Our gate is the one that has the keys of the gate on this host. */
async function isOurGate(): Promise<(body: unknown) => boolean> {
  const ours = keys.safeParse((await askGate("GET", "/api/keys")).body).data?.keys[0]?.kid;
  return (body) => ours !== undefined && keys.safeParse(body).data?.keys[0]?.kid === ours;
}
