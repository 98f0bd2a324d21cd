"use client";
/** What went wrong, in a sentence; when the database is away, the page waits for it and comes back by itself. */
import { useEffect, type ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { Mark } from "../ui/mark.tsx";

const AWAY = "database.away";
const LOOK_EVERY_MS = 2_000;

export default function ErrorPage({ error, retry }: { error: unknown; retry: () => void }): ReactNode {
  const digest = error instanceof Error && "digest" in error ? String(error.digest) : "";
  const away = digest.startsWith(AWAY);
  useEffect(() => {
    if (!away) return;
    const timer = window.setInterval(() => {
      void fetch("/api/health", { cache: "no-store" }).then(
        (answer) => answer.ok && retry(),
        (failure: unknown) => failure, // Not yet: it is asked again.
      );
    }, LOOK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [away, retry]);
  return (
    <main className="grid min-h-dvh flex-1 place-items-center px-5">
      <div role="alert" className="max-w-md text-center">
        <Mark className="mx-auto size-9" />
        <h1 className="mt-5 text-xl font-semibold tracking-tight">
          {away ? "The database does not answer" : "Something went wrong here"}
        </h1>
        <p className="mt-1.5 text-muted">
          {away
            ? "Nothing was changed and nothing is lost: agents work on, holds stay held. This page comes back by itself as soon as the database does."
            : "Nothing was changed. Try again; if it stays, the log has the details."}
        </p>
        {away || digest === "" ? null : <p className="mt-2 font-mono text-xs text-faint">{digest}</p>}
        <Button kind="primary" className="mt-6" onClick={() => retry()}>
          Try again
        </Button>
      </div>
    </main>
  );
}
