/** The frame of a page where a program asks to be let in: nothing else stands on it. */
import type { ReactNode } from "react";
import { Mark } from "../../../ui/mark.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { AskView } from "../present.ts";

export function Sheet({
  title,
  ask,
  children,
}: {
  title: string;
  ask: AskView;
  children: ReactNode;
}): ReactNode {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-md">
        <Mark className="size-9" />
        <h1 className="anywhere mt-4 text-xl font-semibold tracking-tight text-balance">{title}</h1>
        <p className="anywhere mt-1 text-sm text-muted">
          You are {visibleText(ask.person)}, {ask.role} of {visibleText(ask.organization.name)}.
        </p>
        <div className="mt-5">{children}</div>
      </div>
    </main>
  );
}
