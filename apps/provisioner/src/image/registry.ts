/** Whether the public registry is in reach, found out in seconds: a pull without one takes minutes to fail. */
import { LIMITS } from "../limits.ts";

const REGISTRY = "https://registry-1.docker.io/v2/";

/** True when it answers at all; it says 401 to strangers, and hands out public images to them. */
export async function registryAnswers(): Promise<boolean> {
  try {
    const answer = await fetch(REGISTRY, {
      signal: AbortSignal.timeout(LIMITS.registryAnswerMs),
      redirect: "manual",
    });
    return answer.status === 401 || answer.status === 200;
  } catch {
    // Out of reach is an answer.
    return false;
  }
}
