/** Asks the gate whether the model's provider refuses a run: of all here only the gate has seen the real status. */
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { GateClient } from "./gate-client.ts";

const refusal = z.object({ status: z.int(), ageMs: z.number() }).nullable();

/** The status of a refusal that nothing has followed for a while, or null. A gate that does not answer refuses nothing. */
export async function refusalOf(gate: GateClient, run: string): Promise<number | null> {
  try {
    const said = refusal.parse(JSON.parse((await gate.get(`/model/refused/${run}`)).toString("utf8")));
    return said !== null && said.ageMs >= LIMITS.refusalAgeMsMin ? said.status : null;
  } catch {
    return null; // It is asked again in a moment.
  }
}
