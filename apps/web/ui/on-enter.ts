/** Enter sends, Shift+Enter breaks the line, and an input method that is composing keeps its Enter. */
import type { KeyboardEvent } from "react";

export function onEnter(event: KeyboardEvent<HTMLTextAreaElement>, send: () => void): void {
  if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
  event.preventDefault();
  send();
}
