/** The mark: a gate with a moon's arc, the same drawing as the gate's own pages have. */
import type { ReactNode } from "react";

export function Mark({ className }: { className?: string }): ReactNode {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={className ?? "size-6"} fill="none">
      <path d="M4 21V11a8 8 0 0 1 16 0v10" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      <path d="M15.2 13.6A4 4 0 1 1 11 8.1a3.1 3.1 0 0 0 4.2 5.5Z" className="fill-accent" />
    </svg>
  );
}
