/** What is not there, and what is not yours, look the same (invariant 9). */
import type { ReactNode } from "react";
import { ButtonLink } from "../ui/button.tsx";
import { Mark } from "../ui/mark.tsx";

export default function NotFound(): ReactNode {
  return (
    <main className="grid min-h-dvh place-items-center px-5">
      <div className="max-w-sm text-center">
        <Mark className="mx-auto size-9" />
        <h1 className="mt-5 text-xl font-semibold tracking-tight">There is nothing here</h1>
        <p className="mt-1.5 text-muted">
          The address is wrong, or what it led to is gone or belongs to somebody else.
        </p>
        <ButtonLink href="/" kind="primary" className="mt-6">
          Go home
        </ButtonLink>
      </div>
    </main>
  );
}
