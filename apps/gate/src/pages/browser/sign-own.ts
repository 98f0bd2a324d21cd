/** Signs a statement about oneself with a passkey that is there already, and sends it. */
import { post } from "./api.ts";
import { usePasskey } from "./passkey.ts";

interface Signed {
  /** Holds over policies that are to be put right after it. */
  holds: { organization: string; hold: string }[];
}

export async function signOwn(options: unknown): Promise<Signed> {
  const answer = await usePasskey(options);
  return await post<Signed>("/api/passkeys/sign", { answer });
}
