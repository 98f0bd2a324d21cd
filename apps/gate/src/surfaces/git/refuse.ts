/** Saying no in git's own words: what a real client prints was tried for each of these. */
import type { ServerResponse } from "node:http";
import type { Problem } from "@nightgate/shared/problems";
import { FLUSH, packet } from "./wire/pkt-line.ts";

const NO_CACHE = { "cache-control": "no-cache, max-age=0, must-revalidate", pragma: "no-cache" };

/**
 * Answers a git request with a refusal. An ERR packet makes every git client end with `fatal: remote error: <sentence>`;
 * an HTTP status of 401 would make it ask for a password, and others are shown without the sentence.
 */
export function refuseGit(
  response: ServerResponse,
  problem: Problem,
  service: "git-upload-pack" | "git-receive-pack",
  kind: "advertisement" | "result",
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(200, { ...NO_CACHE, "content-type": `application/x-${service}-${kind}` });
  response.end(packet(`ERR ${problem.message}\n`));
}

/**
 * Answers a push that cannot even begin. git reads no text from a failed POST, so the answer is a result: the sentence as progress
 * (shown as `remote: ...`), and a report that nothing was unpacked.
 */
export function refusePush(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  beginResult(response, "git-receive-pack");
  const words = problem.message.replace(/\s+/g, " ");
  response.end(packet(`\u0002${words}\n`) + packet(`\u0001${packet(`unpack ${words}\n`)}${FLUSH}`) + FLUSH);
}

/** Answers everything that is not a git client's request: text, with the problem's own status. */
export function refusePlain(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // 401 would make a client ask its user for a password of the gate; there is none.
  const status = problem.http === 401 ? 403 : problem.http;
  response.writeHead(status, { ...NO_CACHE, "content-type": "text/plain; charset=utf-8" });
  response.end(`${problem.message}\n`);
}

/** Headers and the opening packets of a refs advertisement. */
export function beginAdvertisement(response: ServerResponse, service: "git-receive-pack"): void {
  response.writeHead(200, { ...NO_CACHE, "content-type": `application/x-${service}-advertisement` });
  response.write(packet(`# service=${service}\n`) + FLUSH);
}

/** Headers of a service's result. */
export function beginResult(response: ServerResponse, service: "git-receive-pack"): void {
  response.writeHead(200, { ...NO_CACHE, "content-type": `application/x-${service}-result` });
}
