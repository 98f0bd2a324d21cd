/** How the build of the workstation image tells where it is: a page for people who wait, a line in the terminal. */
export interface BuildProgress {
  state: "building" | "ready" | "failed";
  /** What is being done, as a person would say it. */
  step: string;
  /** 0 to 100. Never goes back within one build. */
  percent: number;
  /** The latest line of whatever is at work, or what went wrong and what to do. */
  detail: string;
}

export type ReportProgress = (progress: BuildProgress) => void;
