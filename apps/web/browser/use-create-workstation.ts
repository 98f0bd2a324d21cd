"use client";
import { newId } from "@nightgate/shared/ids";
/** Asks for a new workstation; the id is made once, so that a lost answer cannot make two. */
import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { post } from "./api.ts";

export interface WantedWorkstation {
  name: string;
  cpus?: number;
  memoryBytes?: number;
}

export function useCreateWorkstation(onCreated: () => void): {
  create: (wanted: WantedWorkstation) => void;
  sending: boolean;
  problem: string | null;
} {
  const router = useRouter();
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useRef("");
  const create = (wanted: WantedWorkstation): void => {
    if (sending) return;
    if (id.current === "") id.current = newId("workstation");
    setSending(true);
    setProblem(null);
    void post("/api/workstations", { workstation: id.current, ...wanted, name: wanted.name.trim() }).then(
      (answer) => {
        setSending(false);
        if (!answer.ok) return setProblem(answer.words);
        onCreated();
        router.refresh();
      },
    );
  };
  return { create, sending, problem };
}
