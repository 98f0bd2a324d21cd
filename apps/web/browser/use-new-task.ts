"use client";
/** How any page opens the new-task box; the box itself belongs to the shell. */
import { createContext, use } from "react";

export interface NewTask {
  /** Opens the box; `prompt` is put into it when it is empty. */
  open: (prompt?: string) => void;
  /** False for viewers: then there is nothing to open. */
  allowed: boolean;
}

export const NewTaskContext = createContext<NewTask>({ open: () => undefined, allowed: false });

export function useNewTask(): NewTask {
  return use(NewTaskContext);
}
