"use client";
/** One click, one request: busy meanwhile, a sentence when it fails, and the page drawn anew when it worked. */
import { useRouter } from "next/navigation";
import { useState } from "react";
import { post } from "./api.ts";

export interface Act {
  busy: boolean;
  problem: string | null;
  clear: () => void;
  /** Posts; `then` gets the answer when it worked. */
  act: (path: string, body?: Record<string, unknown>, then?: (result: unknown) => void) => void;
}

export function useAct(): Act {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const act: Act["act"] = (path, body = {}, then) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    void post(path, body).then((answer) => {
      setBusy(false);
      if (!answer.ok) return setProblem(answer.words);
      then?.(answer.result);
      router.refresh();
    });
  };
  return { busy, problem, clear: () => setProblem(null), act };
}
