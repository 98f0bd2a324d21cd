/** The program that waits with the code that somebody typed. */
import { findWaitingLogin } from "../../../../../features/access/device-decisions.ts";
import { deviceCodeInput } from "../../../../../features/access/schema.ts";
import { route } from "../../../../../server/route.ts";

export const POST = route(
  deviceCodeInput,
  async ({ member, input }) => await findWaitingLogin(member, input.code),
);
