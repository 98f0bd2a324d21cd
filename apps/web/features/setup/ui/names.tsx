"use client";
/** Says what is wrong with the names before somebody stands there with a phone that finds nothing. */
import { type ReactNode, useEffect, useState } from "react";
import { z } from "zod";
import { get } from "../../../browser/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";

const answer = z.object({ names: z.array(z.object({ origin: z.string(), wrong: z.string().nullable() })) });
type Names = z.infer<typeof answer>["names"];

export function Names(): ReactNode {
  const [names, setNames] = useState<Names | string | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    void get("/api/setup/names", answer, leaving.signal).then((got) => {
      if (!leaving.signal.aborted) setNames(got.ok ? got.result.names : got.words);
    });
    return () => leaving.abort();
  }, []);
  if (names === null) return <p className="mt-3 text-sm text-faint">Trying the names from this host…</p>;
  if (typeof names === "string") return <p className="mt-3 text-sm text-faint">{names}</p>;
  const wrong = names.filter((name) => name.wrong !== null);
  if (wrong.length > 0) {
    return (
      <div className="mt-3">
        <Notice tone="warn" title="A phone will not get here like this">
          <ul className="space-y-1">
            {wrong.map((name) => (
              <li key={name.origin} className="anywhere">
                {name.wrong}
              </li>
            ))}
          </ul>
        </Notice>
      </div>
    );
  }
  return (
    <ul className="mt-3 space-y-1">
      {names.map((name) => (
        <li key={name.origin}>
          <StateBadge
            label={`${new URL(name.origin).host} leads here, with a certificate that is trusted`}
            tone="good"
          />
        </li>
      ))}
    </ul>
  );
}
