/** The frame of a page's content: a title, what belongs beside it, and a width that text can be read in. */
import type { ReactNode } from "react";

export function Page({
  title,
  lead,
  actions,
  children,
}: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}): ReactNode {
  return (
    <div className="mx-auto w-full max-w-4xl px-4 pt-6 pb-24 md:px-8 md:pt-10">
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-4 gap-y-3 md:flex-nowrap">
        <div className="min-w-0">
          <h1 className="anywhere text-xl font-semibold tracking-tight">{title}</h1>
          {lead === undefined ? null : <p className="mt-1 max-w-2xl text-muted">{lead}</p>}
        </div>
        {actions === undefined ? null : <div className="flex items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page with a heading of its own and, maybe, a count. */
export function Section({
  title,
  count,
  children,
  actions,
}: {
  title: string;
  count?: number;
  children: ReactNode;
  actions?: ReactNode;
}): ReactNode {
  return (
    <section className="mb-9">
      <div className="mb-2.5 flex items-baseline justify-between gap-3">
        <h2 className="text-sm font-semibold text-muted">
          {title}
          {count === undefined ? null : <span className="tnum ml-2 font-normal text-faint">{count}</span>}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** A list as one card; its children are rows. */
export function Card({ children }: { children: ReactNode }): ReactNode {
  return (
    <div className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface shadow-sm">
      {children}
    </div>
  );
}
