/** Labels and values, as a list that a screen reader reads as such. */
import type { ReactNode } from "react";

export function Facts({ facts }: { facts: { label: string; value: ReactNode }[] }): ReactNode {
  return (
    <dl className="grid gap-x-8 gap-y-3 text-sm sm:grid-cols-2">
      {facts.map((fact) => (
        <div key={fact.label} className="min-w-0">
          <dt className="text-faint">{fact.label}</dt>
          <dd className="anywhere mt-0.5">{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
