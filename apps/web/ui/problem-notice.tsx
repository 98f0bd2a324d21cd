/** What went wrong with what was asked, read out at once; nothing where nothing did. */
import type { ReactNode } from "react";
import { Notice } from "./notice.tsx";

export function ProblemNotice({
  problem,
  title,
  className,
}: {
  problem: string | null;
  title?: string;
  /** Its distance from what stands around it. */
  className?: string;
}): ReactNode {
  if (problem === null) return null;
  return (
    <div className={className}>
      <Notice tone="bad" role="alert" {...(title !== undefined && { title })}>
        {problem}
      </Notice>
    </div>
  );
}
