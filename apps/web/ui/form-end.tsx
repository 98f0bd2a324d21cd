/** How a form in a dialog ends: what went wrong, the way out, and the one thing that it does. */
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { ProblemNotice } from "./problem-notice.tsx";

export function FormEnd({
  problem,
  busy,
  does,
  doing,
  onCancel,
}: {
  problem: string | null;
  busy: boolean;
  /** The button's word, and the one while it is at work. */
  does: string;
  doing: string;
  onCancel: () => void;
}): ReactNode {
  return (
    <>
      <ProblemNotice problem={problem} />
      <div className="flex justify-end gap-2">
        <Button kind="quiet" onClick={onCancel}>
          Not now
        </Button>
        <Button type="submit" kind="primary" disabled={busy}>
          {busy ? doing : does}
        </Button>
      </div>
    </>
  );
}
