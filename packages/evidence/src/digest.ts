/** The identity of an action: SHA-256 over its RFC 8785 form. The same action asked twice has the same digest. */
import type { Action } from "@nightgate/shared/actions";
import { jcsDigest } from "./jcs.ts";

/** Lower-case hex. */
export function actionDigest(action: Action): string {
  return jcsDigest(action);
}
