import { streamInput } from "../../../../../features/jobs/schema.ts";
/** A task as a live stream; `after` (or Last-Event-ID) says what the page has already. */
import { openTaskStream } from "../../../../../features/jobs/views.ts";
import { sessionOrRefuse } from "../../../../../server/member.ts";
import { route } from "../../../../../server/route.ts";
import { eventStream } from "../../../../../server/sse.ts";
import { untilStopping } from "../../../../../server/stopping.ts";
import { whileMember } from "../../../../../server/while-member.ts";

export const GET = route(streamInput, async ({ member, input, request }) => {
  const after = request.headers.get("last-event-id") ?? input.after ?? "";
  const signal = whileMember(await sessionOrRefuse(), untilStopping(request.signal));
  return eventStream(await openTaskStream(member, input.job, after, signal));
});
