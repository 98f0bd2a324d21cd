/**
 * `node apps/gate/src/cli/code.ts [--always]`: prints a fresh one-time code for enrolling, on the gate's host. Without --always it prints nothing
 * once an organization was founded here: further people come by an approver's signature.
 */
import { join } from "node:path";
import { systemClock } from "@nightgate/shared/clock";
import { readSettings } from "@nightgate/shared/env";
import { z } from "zod";
import { openPins } from "../journal/pins.ts";
import { createEnrolmentCode } from "../passkeys/enrolment-code.ts";

const { NIGHTGATE_HOME } = readSettings(
  z.object({ NIGHTGATE_HOME: z.string().min(1, "say where the data lives") }),
  process.env,
);
const folder = join(NIGHTGATE_HOME, "gate");
const wanted = process.argv.includes("--always") || openPins(folder).organizations().length === 0;
if (wanted) process.stdout.write(`${createEnrolmentCode(folder, systemClock).renew()}\n`);
else process.stderr.write("Somebody has enrolled here already. For another organization: add --always.\n");
