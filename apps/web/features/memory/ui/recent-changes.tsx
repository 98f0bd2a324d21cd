"use client";
/** What was changed of late, and a way back from each of it. */
import { memoryVerbs } from "@nightgate/shared/verbs/memory-verbs";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { z } from "zod";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { ProblemNotice } from "../../../ui/problem-notice.tsx";
import { Time } from "../../../ui/time.tsx";
import { visibleText } from "../../../ui/visible-text.ts";

const listed = memoryVerbs.memory_changes.result;
type Change = z.infer<typeof listed>["changes"][number];

const WORDS: Record<string, string> = {
  write: "Written",
  link: "Linked",
  reinforce: "Weighed",
  forget: "Forgotten",
  prune: "Pruned",
  merge: "Merged",
  undo: "Undone",
};

export function RecentChanges({
  mayChange,
  onUndone,
}: {
  mayChange: boolean;
  onUndone: () => void;
}): ReactNode {
  const { call, busy, problem } = useVerb();
  const [changes, setChanges] = useState<Change[]>([]);
  const look = useRef(() =>
    call("memory_changes", { limit: 15 }, (result) => setChanges(listed.parse(result).changes)),
  );
  useEffect(() => look.current(), []);
  if (changes.length === 0) return null;
  return (
    <div className="mt-9">
      <Section title="Changed of late">
        <ProblemNotice problem={problem} className="mb-3" />
        <Card>
          {changes.map(({ change, operation, slugs, count, why, at, undone }) => (
            <div key={change} className="flex items-center justify-between gap-3 px-4 py-2.5">
              <div className="min-w-0">
                <p className="anywhere text-sm">
                  <span className="font-medium">{WORDS[operation] ?? operation}</span>{" "}
                  <span className="font-mono">{slugs.slice(0, 4).join(", ")}</span>
                  {count > 4 ? ` and ${count - 4} more` : ""}
                </p>
                <p className="anywhere text-xs text-muted">
                  <Time at={Date.parse(at)} />
                  {why === "" ? "" : `: ${visibleText(why)}`}
                </p>
              </div>
              {undone ? (
                <span className="text-sm text-faint">Undone</span>
              ) : mayChange ? (
                <Button
                  size="small"
                  disabled={busy}
                  aria-label={`Undo: ${slugs.join(", ")}`}
                  onClick={() => call("memory_undo", { change }, onUndone)}
                >
                  Undo
                </Button>
              ) : null}
            </div>
          ))}
        </Card>
      </Section>
    </div>
  );
}
