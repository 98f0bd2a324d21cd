/** Calls from a page to its own API. A failure is a sentence that can be shown, never a thrown surprise. */
import { z } from "zod";

export type Answer<Result> = { ok: true; result: Result } | { ok: false; status: number; words: string };

const problem = z.object({ detail: z.string(), code: z.string() });
const UNREACHABLE =
  "Nightgate does not answer. Nothing was changed; what you wrote is kept. Try again in a moment.";
const SIGNED_OUT = 401;

/** Posts JSON. Somebody who is signed out meanwhile is sent to the door by the page, so the draft survives. */
export async function post(path: string, body: Record<string, unknown> = {}): Promise<Answer<unknown>> {
  return await call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Gets JSON and checks its form. */
export async function get<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  signal?: AbortSignal,
): Promise<Answer<z.infer<Schema>>> {
  const answer = await call(path, signal ? { signal } : {});
  if (!answer.ok) return answer;
  const read = schema.safeParse(answer.result);
  return read.success
    ? { ok: true, result: read.data }
    : {
        ok: false,
        status: 0,
        words: "The answer cannot be read. Reload the page: it may be older than the server.",
      };
}

async function call(path: string, init: RequestInit): Promise<Answer<unknown>> {
  try {
    const response = await fetch(path, { ...init, redirect: "error" });
    const body: unknown = await response.json();
    if (response.ok) return { ok: true, result: body };
    const read = problem.safeParse(body);
    if (response.status === SIGNED_OUT)
      return {
        ok: false,
        status: SIGNED_OUT,
        words: "You are signed out. Sign in again; what you wrote is kept.",
      };
    return { ok: false, status: response.status, words: read.success ? read.data.detail : UNREACHABLE };
  } catch {
    return { ok: false, status: 0, words: UNREACHABLE }; // fetch says no more than that it failed.
  }
}
