"use client";
import { usePathname } from "next/navigation";
/** How the connection is, said only when there is something to say, and calmly. */
import type { ReactNode } from "react";
import type { Connection } from "../../../browser/live-stream.ts";

export function ConnectionNote({ connection }: { connection: Connection }): ReactNode {
  const path = usePathname();
  return (
    <div role="status" className="sticky top-0 z-20">
      {connection === "away" ? (
        <p className="border-b border-warn-line bg-warn-ground px-4 py-1.5 text-center text-sm text-ink">
          Reconnecting. What you see may be a little old; runs go on without this page.
        </p>
      ) : null}
      {connection === "signed-out" ? (
        <p className="border-b border-line bg-surface px-4 py-1.5 text-center text-sm">
          You are signed out.{" "}
          <a
            className="font-medium text-accent-text underline underline-offset-2"
            href={`/auth/start?return=${encodeURIComponent(path)}`}
          >
            Sign in again
          </a>
        </p>
      ) : null}
      {connection === "removed" ? (
        <p className="border-b border-warn-line bg-warn-ground px-4 py-1.5 text-center text-sm text-ink">
          You are no longer a member of this organization. What you do here changes nothing.{" "}
          <a
            className="font-medium text-accent-text underline underline-offset-2"
            href={`/auth/start?return=${encodeURIComponent("/")}`}
          >
            Sign in again
          </a>{" "}
          to see your others.
        </p>
      ) : null}
    </div>
  );
}
