/** The `Nightgate-Run` header: agentd's word on which run speaks. A hint within a workstation, never an identity, and not for anybody outside. */
import type { IncomingMessage } from "node:http";
import { runId } from "@nightgate/shared/ids";

const HEADER = "nightgate-run";

/** Reads the hint and strips it from the request, so that no handler can forward it. */
export function takeRunHint(request: IncomingMessage): string | null {
  const said = request.headers[HEADER];
  delete request.headers[HEADER];
  const raw = request.rawHeaders;
  for (let at = raw.length - 2; at >= 0; at -= 2) {
    if (raw[at]?.toLowerCase() === HEADER) raw.splice(at, 2);
  }
  const parsed = runId.safeParse(said);
  return parsed.success ? parsed.data : null;
}
