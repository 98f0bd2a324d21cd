/** What comes back to web from the gate, and where somebody may be sent afterwards. */
import { organizationId } from "@nightgate/shared/ids";
import { z } from "zod";

/** The query of /auth/callback. */
export const callbackInput = z.object({
  state: z.string().min(20).max(200),
  code: z.string().min(20).max(200),
});

/** What web remembers, in a cookie of its own, between leaving for the gate and coming back. */
export const pendingSignIn = z.object({
  state: z.string().min(20).max(200),
  verifier: z.string().min(43).max(128),
  return: z.string().max(2000),
  /** The organization that the new session is to open with, when the link named one. */
  organization: organizationId.nullable().catch(null),
});
export type PendingSignIn = z.infer<typeof pendingSignIn>;

/** A path of this app, or "/" for everything else: nobody is sent to another site by a link to ours. */
export function localPath(raw: string | null | undefined): string {
  if (!raw || raw.length > 2000 || !raw.startsWith("/")) return "/";
  const base = "http://web.invalid";
  if (!URL.canParse(raw, base)) return "/";
  const url = new URL(raw, base);
  if (url.origin !== base || url.pathname.startsWith("//") || url.pathname.startsWith("/auth/")) return "/";
  return url.pathname + url.search + url.hash;
}
