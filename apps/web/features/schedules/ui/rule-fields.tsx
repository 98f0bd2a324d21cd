"use client";
/** What happens when something is not as planned, in plain words; folded away, because the usual answers are good ones. */
import { type ReactNode, useId } from "react";
import { TextField } from "../../../ui/field.tsx";

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
        <Choice
          label="When Nightgate was off at its time"
          value={rules.missed}
          onChange={(missed) => set({ missed })}
          options={MISSED}
        />
        <Choice
          label="When the run before is still at work"
          value={rules.overlap}
          onChange={(overlap) => set({ overlap })}
          options={OVERLAP}
        />
        {once ? null : (
          <>
            <Choice
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

/** A choice with its label above, as wide as its place. */
export function Choice({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly (readonly [value: string, text: string])[];
}): ReactNode {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="mt-1 block h-9 w-full truncate rounded-md border border-line-strong bg-surface px-2 max-md:h-11 max-md:text-md"
      >
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
