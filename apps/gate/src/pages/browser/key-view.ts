/** A key as words to compare: the same ones are on the other person's, or the other device's, screen. */
import { h } from "./dom.ts";

export function keyView(words: string): HTMLElement {
  return h(
    "code.key-words",
    { title: "The key in words. On the other screen they must be the same." },
    words,
  );
}
