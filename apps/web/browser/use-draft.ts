"use client";
/** Words that are being written, kept in this browser until they have arrived: a reload, a lost connection or a refusal loses nothing. */
import { useEffect, useState } from "react";

/** The draft under `key`, how to change it, and how to forget it. */
export function useDraft(key: string): [string, (text: string) => void] {
  const [text, setText] = useState("");
  useEffect(() => {
    setText(readDraft(key));
  }, [key]);
  const change = (next: string): void => {
    setText(next);
    writeDraft(key, next);
  };
  return [text, change];
}

/** What is kept under `key`, or nothing. */
export function readDraft(key: string): string {
  try {
    return window.localStorage.getItem(`nightgate.draft.${key}`) ?? "";
  } catch {
    return ""; // A browser without storage keeps the draft in the page alone.
  }
}

export function writeDraft(key: string, text: string): void {
  try {
    if (text === "") window.localStorage.removeItem(`nightgate.draft.${key}`);
    else window.localStorage.setItem(`nightgate.draft.${key}`, text);
  } catch {
    return; // As above.
  }
}
