/** A product with a signed-in person, a connected workstation and the rehearsal's resources: where most end-to-end tests begin. */
import { type Evening, setUpRehearsal, signUp } from "@nightgate/testkit/evening";
import { type Inside, lookInside } from "@nightgate/testkit/workstation-inside";
import { inject } from "vitest";
import { openWorld, type World } from "./world.ts";

export interface Night extends World {
  evening: Evening;
  inside: Inside;
}

export async function openNight(environment: Record<string, string> = {}): Promise<Night> {
  const world = await openWorld(environment);
  try {
    const person = await signUp(world.product, world.browser);
    const evening = await setUpRehearsal(world.product, person);
    const inside = lookInside(inject("nightgateEngine").socket, evening.workstation.id);
    return { ...world, evening, inside };
  } catch (error) {
    for (const name of ["gate", "runner", "provisioner", "web"])
      process.stderr.write(`--- ${name}\n${world.product.log(name)}\n`);
    await world.stop();
    throw error;
  }
}
