/** One task in a list: what a line needs and nothing else. */
import type { TaskState } from "./task-states.ts";

export interface TaskLine {
  id: string;
  title: string;
  /** The newest run, which a hold may belong to; null before there is one. */
  run: string | null;
  agent: string;
  workstation: string;
  state: TaskState;
  /** Why it failed or waits, in one line; empty when there is nothing to say. */
  why: string;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  resumeAt: number | null;
  /** When it is to begin; null unless it is scheduled for a time. */
  dueAt: number | null;
}
