/** Where people find the two apps, for links; and whether a rehearsal is offered. Features take addresses from here, never from a request. */
import { webConfig } from "../env.ts";

export interface Addresses {
  webOrigin: string;
  gateOrigin: string;
  rehearsal: boolean;
}

export function addresses(): Addresses {
  const { webOrigin, gateOrigin, rehearsal } = webConfig();
  return { webOrigin, gateOrigin, rehearsal };
}
