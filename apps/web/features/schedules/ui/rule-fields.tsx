"use client";
/** What happens when something is not as planned, in plain words; folded away, because the usual answers are good ones. */
import type { ReactNode } from "react";
import { TextField } from "../../../ui/field.tsx";
import { SelectField } from "../../../ui/select-field.tsx";

export interface Rules {
  missed: string;
  overlap: string;
  continuity: string;
  /** Empty: no limit. */
  successesMax: string;
}

const MISSED = [
  ["coalesce", "Run once, however many were missed"],
  ["all", "Run once for each that was missed"],
  ["none", "Leave missed ones out"],
] as const;
const OVERLAP = [
  ["skip", "Leave this one out"],
  ["queue", "Wait for it, then run"],
  ["cancel-running", "Cancel it and run this one"],
] as const;
const CONTINUITY = [
  ["fresh", "A new session each time"],
  ["resume", "Go on in the last run’s session"],
] as const;

export function RuleFields({
  rules,
  onChange,
  once,
}: {
  rules: Rules;
  onChange: (rules: Rules) => void;
  once: boolean;
}): ReactNode {
  const set = (change: Partial<Rules>): void => onChange({ ...rules, ...change });
  return (
    <details className="rounded-md border border-line px-3 py-2">
      <summary className="cursor-pointer text-sm font-medium">If something is in the way</summary>
      <div className="mt-3 space-y-3">
        <SelectField
          label="When Nightgate was off at its time"
          value={rules.missed}
          onChange={(missed) => set({ missed })}
          options={MISSED}
        />
        <SelectField
          label="When the run before is still at work"
          value={rules.overlap}
          onChange={(overlap) => set({ overlap })}
          options={OVERLAP}
        />
        {once ? null : (
          <>
            <SelectField
              label="What the agent remembers"
              value={rules.continuity}
              onChange={(continuity) => set({ continuity })}
              options={CONTINUITY}
            />
            <TextField
              label="Pause after so many successes"
              value={rules.successesMax}
              onChange={(successesMax) => set({ successesMax })}
              pattern="[1-9][0-9]{0,4}"
              hint="Then a person is asked whether it should go on. Empty: never."
            />
          </>
        )}
      </div>
    </details>
  );
}
