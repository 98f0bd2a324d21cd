/** `nightgate login`: shows a code and a link, and waits until a person has confirmed it where they are signed in (RFC 8628). */
import { hostname } from "node:os";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import type { Login } from "./login-file.ts";
import { askForTokens, CLIENT, parsed } from "./tokens.ts";
import { post } from "./web.ts";

const started = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: z.number(),
  interval: z.number().default(5),
});

/** Resolves when the person has said yes. Throws Problem login.failed when they have not, in the time that web gives. */
export async function loginByDevice(
  { origin, scope, print }: { origin: string; scope: string; print: (text: string) => void },
  clock: Clock = systemClock,
): Promise<Login> {
  const begin = await post(
    origin,
    "/oauth/device",
    new URLSearchParams({ client_id: CLIENT, scope, machine: hostname().slice(0, 100) }),
  );
  const read = started.safeParse(parsed(begin.text));
  if (begin.status !== 200 || !read.success)
    throw new Problem("login.failed", { why: `${origin} answered ${begin.status}; is it a Nightgate?` });
  const { device_code: deviceCode, interval, expires_in: seconds } = read.data;
  print(`Open this link where you are signed in:\n\n  ${read.data.verification_uri_complete}`);
  print(`\nand check that it shows the code\n\n  ${read.data.user_code}`);
  print(`\nWaiting for you to confirm (${Math.round(seconds / 60)} minutes at most) ...`);
  return await confirmed({ origin, deviceCode, everyMs: interval * 1000 }, clock);
}

const SLOWER_MS = 5_000;

async function confirmed(
  ask: { origin: string; deviceCode: string; everyMs: number },
  clock: Clock,
): Promise<Login> {
  const form = {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: ask.deviceCode,
  };
  let everyMs = ask.everyMs;
  for (;;) {
    await clock.wait(everyMs);
    const answer = await askForTokens(ask.origin, form).catch((error: unknown) => {
      // A network that comes and goes ends no login (section 3.5).
      if (error instanceof Problem && error.code === "web.away") return null;
      throw error;
    });
    if (answer === null) continue;
    if ("login" in answer) return answer.login;
    if (answer.error === "slow_down") everyMs += SLOWER_MS;
    else if (answer.error !== "authorization_pending" && answer.error !== "temporarily_unavailable")
      throw new Problem("login.failed", { why: WORDS[answer.error] ?? answer.why });
  }
}

const WORDS: Record<string, string> = {
  access_denied: "it was turned away",
  expired_token: "nobody confirmed it in time; start it again",
  invalid_grant: "it was finished or forgotten; start it again",
};
