"use client";
/** The name of the organization that is open; for somebody with several, the way to the others. */
import { Check, ChevronsUpDown } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useAct } from "../../../browser/use-act.ts";
import { visibleText } from "../../../ui/visible-text.ts";
import type { ShellView } from "../queries.ts";

type Props = { view: Pick<ShellView, "organization" | "organizationName" | "organizations"> };

export function OrganizationSwitcher({ view }: Props): ReactNode {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = (event: Event): void => {
      if (
        event instanceof KeyboardEvent ? event.key === "Escape" : !box.current?.contains(event.target as Node)
      )
        setOpen(false);
    };
    document.addEventListener("keydown", close);
    document.addEventListener("pointerdown", close);
    return () => {
      document.removeEventListener("keydown", close);
      document.removeEventListener("pointerdown", close);
    };
  }, [open]);
  const name = visibleText(view.organizationName);
  if (view.organizations.length < 2)
    return (
      <p className="mt-1 mb-4 truncate px-2 text-sm text-faint" title={name}>
        {name}
      </p>
    );
  return (
    <div ref={box} className="relative mt-1 mb-4">
      <button
        type="button"
        aria-expanded={open}
        aria-haspopup="true"
        onClick={() => setOpen(!open)}
        className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-left text-sm text-muted hover:bg-hover hover:text-ink"
      >
        <span className="sr-only">Organization: </span>
        <span className="min-w-0 flex-1 truncate" title={name}>
          {name}
        </span>
        <ChevronsUpDown aria-hidden="true" className="size-3.5 shrink-0" />
      </button>
      {open ? <Choices view={view} /> : null}
    </div>
  );
}

function Choices({ view }: Props): ReactNode {
  const { act, busy, problem } = useAct();
  return (
    <ul className="absolute inset-x-0 top-9 z-30 rounded-md border border-line bg-raised p-1 shadow-lg">
      {view.organizations.map((each) => (
        <li key={each.id}>
          <button
            type="button"
            disabled={busy}
            aria-current={each.id === view.organization ? "true" : undefined}
            onClick={() =>
              act("/api/organizations/switch", { organization: each.id }, () => window.location.assign("/"))
            }
            className="flex h-8 w-full items-center gap-2 rounded-sm px-2 text-left text-sm hover:bg-hover"
          >
            <span className="min-w-0 flex-1 truncate">{visibleText(each.name)}</span>
            {each.id === view.organization ? (
              <Check aria-hidden="true" className="size-3.5 text-good" />
            ) : null}
          </button>
        </li>
      ))}
      {problem === null ? null : (
        <li role="alert" className="px-2 py-1 text-sm text-bad">
          {problem}
        </li>
      )}
    </ul>
  );
}
