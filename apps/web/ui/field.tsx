"use client";
/** A line of text with its label above and its hint below. */
import { type ReactNode, useId } from "react";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  type?: "text" | "time" | "datetime-local";
  pattern?: string;
  required?: boolean;
  autoFocus?: boolean;
}

export function TextField({ label, value, onChange, hint, ...rest }: Props): ReactNode {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className="mt-1 block h-9 w-full rounded-md border border-line-strong bg-surface px-3 outline-none focus:border-accent max-md:h-11 max-md:text-md"
        {...rest}
      />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}
