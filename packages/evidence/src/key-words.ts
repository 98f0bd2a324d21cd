/** A public key as words that two people can compare, aloud or on two screens (proquints: arXiv 0901.4016). */
import { fromBase64Url, sha256 } from "./bytes.ts";

const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";
/** Five words of sixteen bits: nobody finds another key with the same ones. */
const WORDS = 5;

/** Five pronounceable words that stand for SHA-256 over the credential id and its COSE key, both base64url. */
export function keyWords(passkey: { credential: string; publicKey: string }): string {
  const digest = sha256("nightgate.key-words.v1", passkey.credential, "\0", fromBase64Url(passkey.publicKey));
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  return Array.from({ length: WORDS }, (_, at) => word(view.getUint16(at * 2))).join("-");
}

function word(bits: number): string {
  const consonant = (shift: number): string => CONSONANTS.charAt((bits >> shift) & 15);
  const vowel = (shift: number): string => VOWELS.charAt((bits >> shift) & 3);
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}
