/** Says that something changed in the organization, and not what: pages that hear it look again. */
import { z } from "zod";
import { changesStream } from "../../../server/changes-stream.ts";
import { route } from "../../../server/route.ts";
import { eventStream } from "../../../server/sse.ts";
import { untilStopping } from "../../../server/stopping.ts";

export const GET = route(
  z.object({}),
  async ({ member, request }) =>
    await Promise.resolve(eventStream(changesStream(member.organization, untilStopping(request.signal)))),
);
