"use client";
/** Several lines of text with their label above and their hint below; it grows with what is written. */
import { type ReactNode, useId } from "react";

export function WordsField({
  label,
  value,
  onChange,
  hint,
  rows = 4,
  maxLength,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  rows?: number;
  maxLength?: number;
}): ReactNode {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        required
        rows={rows}
        maxLength={maxLength}
        className="mt-1 field-sizing-content block max-h-[40vh] min-h-20 w-full resize-none rounded-md border border-line-strong bg-surface px-3 py-2 outline-none focus:border-accent max-md:text-md"
      />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}
