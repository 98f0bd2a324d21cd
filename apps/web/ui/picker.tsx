"use client";
/** A small choice that shows its value and nothing more: the browser's own select, so that keyboard and phone work as they always do. */
import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";

export function Picker({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: { value: string; text: string }[];
}): ReactNode {
  return (
    <label className="relative inline-flex max-w-full items-center">
      <span className="sr-only">{label}</span>
      <select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        title={label}
        className="h-8 max-w-64 appearance-none truncate rounded-md border border-line-strong bg-surface pr-7 pl-2.5 text-sm text-ink hover:bg-hover max-md:h-11"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden="true" className="pointer-events-none absolute right-2 size-3.5 text-faint" />
    </label>
  );
}
