/** Ids that are made from what they name: the job of a chain is the same one every night, whoever asks for it first. */
import { createHash } from "node:crypto";

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

/** The id of a chain's job; `triage` is the job of its check. */
export function chainJobId(chain: string, name: string, part: "work" | "triage"): string {
  return `job_${fixed(`${chain}\n${part}\n${name}`)}`;
}

/** The id of the note that a channel is given at the end of a job of one night. */
export function deliveryId(chainRun: string, name: string, channel: string): string {
  return `say_${fixed(`${chainRun}\n${name}\n${channel}`)}`;
}

function fixed(text: string): string {
  const digest = createHash("sha256").update(text).digest();
  return [...digest.subarray(0, 12)].map((byte) => CROCKFORD.charAt(byte & 31)).join("");
}
