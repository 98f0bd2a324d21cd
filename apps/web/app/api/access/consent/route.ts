/** The person's answer to a program that asks in their browser; says where the browser goes next. */
import { consent } from "../../../../features/access/commands.ts";
import { consentInput } from "../../../../features/access/schema.ts";
import { deviceOf } from "../../../../server/device.ts";
import { route } from "../../../../server/route.ts";

export const POST = route(
  consentInput,
  async ({ member, input, request }) => await consent(member, input, deviceOf(request).address),
);
