"use client";
/** Words that are being written, kept in this browser until they have arrived: a reload, a lost connection or a refusal loses nothing. */
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
/** What storage says, and what it would say in a browser without one. */
const drafts = new Map<string, string>();

/** The draft under `key`, and how to change it; an empty one is forgotten. */
export function useDraft(key: string): [string, (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => readDraft(key), noDraft);
  const change = useCallback((next: string) => writeDraft(key, next), [key]);
  return [text, change];
}

/** What is kept under `key`, or nothing. */
export function readDraft(key: string): string {
  const known = drafts.get(key);
  if (known !== undefined) return known;
  const stored = fromStorage(key);
  drafts.set(key, stored);
  return stored;
}

function writeDraft(key: string, text: string): void {
  drafts.set(key, text);
  toStorage(key, text);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const noDraft = (): string => "";
const nameOf = (key: string): string => `nightgate.draft.${key}`;

function fromStorage(key: string): string {
  try {
    return window.localStorage.getItem(nameOf(key)) ?? "";
  } catch {
    return ""; // A browser without storage keeps the draft in the page alone.
  }
}

function toStorage(key: string, text: string): void {
  try {
    if (text === "") window.localStorage.removeItem(nameOf(key));
    else window.localStorage.setItem(nameOf(key), text);
  } catch {
    return; // As above.
  }
}
