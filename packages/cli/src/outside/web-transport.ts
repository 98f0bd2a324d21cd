/** Verbs over web, with the token of a login. Renews it when it ends, and asks again with the same id when an answer is lost. */
import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "@nightgate/shared/clock";
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { refusal } from "../ask.ts";
import { LIMITS } from "../limits.ts";
import type { Transport } from "../transport.ts";
import { forgetLogin, type Login, readLogin, withLoginLock, writeLogin } from "./login-file.ts";
import { parsed, renewed } from "./tokens.ts";
import { post, type WebAnswer } from "./web.ts";

const result = z.record(z.string(), z.unknown());
const UNAUTHORIZED = 401;

/** The transport of whoever is logged in. Throws Problem login.required at the first call when nobody is. */
export function createWebTransport(file: string, clock: Clock = systemClock): Transport {
  return {
    call: async (verb, args) => {
      const body = { id: `cli_${randomBytes(16).toString("base64url")}`, args };
      const ask = async (login: Login): Promise<WebAnswer> =>
        await untilAnswered(
          async () => await post(login.origin, `/api/verbs/${verb}`, body, { token: login.accessToken }),
          clock,
        );
      let login = await usable(file, clock);
      let answer = await ask(login);
      if (answer.status === UNAUTHORIZED) {
        login = await renewedOnce(file, login.accessToken);
        answer = await ask(login);
      }
      const read = answer.status === 200 ? result.safeParse(parsed(answer.text)) : null;
      if (read?.success !== true)
        throw new Problem("asked.refused", { why: refusal(answer.text, answer.status) });
      return read.data;
    },
  };
}

async function untilAnswered(ask: () => Promise<WebAnswer>, clock: Clock): Promise<WebAnswer> {
  for (const waitMs of LIMITS.askAgainAfterMs) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "web.away") throw error;
      await clock.wait(waitMs);
    }
  }
  return await ask();
}

async function usable(file: string, clock: Clock): Promise<Login> {
  const login = readLogin(file);
  if (login === null) throw new Problem("login.required", {});
  return login.accessUntil - LIMITS.renewBeforeMs > clock.now()
    ? login
    : await renewedOnce(file, login.accessToken);
}

/** New tokens for the ones that have ended, unless another command has renewed them meanwhile: a refresh token counts once. */
async function renewedOnce(file: string, ended: string): Promise<Login> {
  return await withLoginLock(file, async () => {
    const now = readLogin(file);
    if (now === null) throw new Problem("login.required", {});
    if (now.accessToken !== ended) return now;
    try {
      const login = await renewed(now);
      writeLogin(file, login);
      return login;
    } catch (error) {
      if (error instanceof Problem && error.code === "login.required") forgetLogin(file);
      throw error;
    }
  });
}
