"use client";
/** Asks for a verb of the one table (shared/verbs), as the command line does. A lost answer can be asked for again: the same words have the same id. */
import type { VerbName } from "@nightgate/shared/verbs/verbs";
import { useRef } from "react";
import { type Act, useAct } from "./use-act.ts";

export interface VerbAct extends Omit<Act, "act"> {
  /** Asks; `then` gets the result when it worked. */
  call: (verb: VerbName, args: Record<string, unknown>, then?: (result: unknown) => void) => void;
}

export function useVerb(): VerbAct {
  const { act, ...rest } = useAct();
  const asked = useRef<{ id: string; what: string } | null>(null);
  const call: VerbAct["call"] = (verb, args, then) => {
    const what = JSON.stringify([verb, args]);
    if (asked.current?.what !== what) asked.current = { id: newCallId(), what };
    act(`/api/verbs/${verb}`, { id: asked.current.id, args }, (result) => {
      asked.current = null;
      then?.(result);
    });
  };
  return { ...rest, call };
}

/** Of 128 random bits; also where the page is no secure context, which has no `randomUUID`. */
function newCallId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `call_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
