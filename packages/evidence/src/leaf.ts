/** Leaves are salted: the log keeps a leaf's hash for ever, while its content can be erased without a trace that could be guessed from (invariant 11). */
import { fromBase64Url, sha256 } from "./bytes.ts";
import { canonicalJson } from "./jcs.ts";
import { leafHash } from "./merkle.ts";

/** H(0x00 || H(salt || JCS(body))), hex. `salt` is 32 random bytes, base64url: of a fixed length, so that nothing can move between salt and body. */
export function saltedLeaf(salt: string, body: unknown): string {
  return leafHash(sha256(fromBase64Url(salt), canonicalJson(body)));
}

export const SALT_BYTES = 32;
