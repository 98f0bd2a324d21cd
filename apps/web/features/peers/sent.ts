/** What the runner answers when something was said: the message, whose way can be followed. */
import { peerVerbs } from "@nightgate/shared/verbs/peer-verbs";

export function askedMessage(result: unknown): string {
  return peerVerbs.ask.result.parse(result).correlation_id;
}

export function toldMessage(result: unknown): string {
  return peerVerbs.notify_peer.result.parse(result).correlation_id;
}
