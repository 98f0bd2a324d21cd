"use client";
/** A choice with its label above, as wide as its place: the browser's own select, so that keyboard and phone work as they always do. */
import { type ReactNode, useId } from "react";

export function SelectField({
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
        className="mt-1 block h-9 w-full truncate rounded-md border border-line-strong bg-surface px-2 outline-none focus:border-accent max-md:h-11 max-md:text-md"
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
