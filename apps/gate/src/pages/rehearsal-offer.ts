/** Asks the rehearsal (a fake internet on this host) what it offers for "Try it without a key". */
import { Problem } from "@nightgate/shared/problems";
import { z } from "zod";
import { PAGE_LIMITS } from "./limits.ts";

const offer = z.object({
  repository: z.object({ url: z.url(), credential: z.string().min(1).max(2000) }),
  model: z.object({ url: z.url(), key: z.string().min(1).max(2000) }),
});

/** Throws Problem rehearsal.away when it does not answer in time or not in this form. */
export async function readOffer(rehearsalUrl: string): Promise<z.infer<typeof offer>> {
  try {
    const answer = await fetch(`${rehearsalUrl}/offer`, {
      signal: AbortSignal.timeout(PAGE_LIMITS.rehearsalWaitMs),
      redirect: "error",
    });
    const text = await answer.text();
    if (text.length > PAGE_LIMITS.rehearsalAnswerBytesMax)
      throw new Problem("too-large", { what: "The rehearsal's answer", limit: "16 KiB" });
    return offer.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem("rehearsal.away", {}, { cause });
  }
}
