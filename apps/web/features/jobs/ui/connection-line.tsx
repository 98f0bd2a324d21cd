"use client";
/** One calm line while the conversation is not live. */
import type { ReactNode } from "react";
import type { Connection } from "../../../browser/live-stream.ts";
import { Dot } from "../../../ui/state-badge.tsx";

export function ConnectionLine({ connection }: { connection: Connection }): ReactNode {
  return (
    <div role="status" className="mx-auto w-full max-w-3xl px-4">
      {connection === "away" ? (
        <p className="flex items-center gap-2 pb-2 text-sm text-muted">
          <Dot tone="warn" live /> Reconnecting. The agent works on; what you miss comes back by itself.
        </p>
      ) : null}
    </div>
  );
}
