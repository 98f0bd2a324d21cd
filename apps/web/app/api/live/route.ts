/** Says that something changed in the organization, and not what: pages that hear it look again. */
import { z } from "zod";
import { changesStream } from "../../../server/changes-stream.ts";
import { sessionOrRefuse } from "../../../server/member.ts";
import { route } from "../../../server/route.ts";
import { eventStream } from "../../../server/sse.ts";
import { untilStopping } from "../../../server/stopping.ts";
import { whileMember } from "../../../server/while-member.ts";

export const GET = route(z.object({}), async ({ member, request }) => {
  const signal = whileMember(await sessionOrRefuse(), untilStopping(request.signal));
  return eventStream(changesStream(member.organization, signal));
});
