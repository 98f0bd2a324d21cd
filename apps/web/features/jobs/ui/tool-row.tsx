"use client";
/** A tool call: one line, and on click what went in, what came out and what it changed. */
import {
  BookOpen,
  Brain,
  ChevronRight,
  FilePen,
  FolderInput,
  Globe,
  LoaderCircle,
  Search,
  SquareTerminal,
  Trash2,
  Wrench,
  X,
} from "lucide-react";
import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { z } from "zod";
import { get } from "../../../browser/api.ts";
import { classes } from "../../../ui/classes.ts";
import { Bone } from "../../../ui/skeleton.tsx";
import { visibleText } from "../../../ui/visible-text.ts";
import type { ToolEvent } from "../rows.ts";
import { ToolDiff } from "./tool-diff.tsx";

const ICONS: Record<string, ComponentType<{ className?: string }>> = {
  read: BookOpen,
  edit: FilePen,
  delete: Trash2,
  move: FolderInput,
  search: Search,
  execute: SquareTerminal,
  think: Brain,
  fetch: Globe,
};

export const toolDetailSchema = z.object({
  input: z.string(),
  output: z.string(),
  diffs: z.array(
    z.object({
      path: z.string(),
      isNew: z.boolean(),
      lines: z.array(z.object({ mark: z.enum([" ", "+", "-", "~"]), text: z.string() })),
      added: z.number(),
      removed: z.number(),
      cut: z.boolean(),
    }),
  ),
});
type Detail = z.infer<typeof toolDetailSchema>;

export function ToolRow({
  job,
  run,
  tool,
  open,
  onToggle,
}: {
  job: string;
  run: string;
  tool: ToolEvent;
  open: boolean;
  onToggle: () => void;
}): ReactNode {
  const Icon = ICONS[tool.tool] ?? Wrench;
  const running = tool.status === "pending" || tool.status === "in_progress";
  return (
    <div className="text-sm">
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className={classes(
          "group flex min-h-8 w-full min-w-0 items-center gap-2 rounded-md px-2 text-left transition-colors hover:bg-hover max-md:min-h-11",
          open && "bg-hover",
        )}
      >
        <ChevronRight
          aria-hidden="true"
          className={classes("size-3.5 shrink-0 text-faint transition-transform", open && "rotate-90")}
        />
        <Icon className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
        <span
          className={classes(
            "min-w-0 truncate",
            tool.status === "failed" ? "text-bad" : "text-muted group-hover:text-ink",
          )}
        >
          {visibleText(plainTitle(tool))}
        </span>
        {tool.preview === "" || open ? null : (
          <span className="min-w-0 flex-1 truncate font-mono text-xs text-faint max-md:hidden">
            {visibleText(tool.preview)}
          </span>
        )}
        <span className="ml-auto shrink-0">
          {running ? (
            <LoaderCircle aria-label="running" className="size-3.5 animate-spin text-accent-text" />
          ) : null}
          {tool.status === "failed" ? <X aria-label="failed" className="size-3.5 text-bad" /> : null}
        </span>
      </button>
      {open ? <ToolDetail job={job} run={run} tool={tool} /> : null}
    </div>
  );
}

/** Agents put a command between backticks; a line needs none. */
function plainTitle(tool: ToolEvent): string {
  const title = tool.title.split("\n")[0] ?? "";
  return title.replace(/^`+|`+$/g, "") || tool.paths[0] || tool.tool;
}

function ToolDetail({ job, run, tool }: { job: string; run: string; tool: ToolEvent }): ReactNode {
  const [loaded, setLoaded] = useState<{ detail: Detail } | { problem: string } | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const query = new URLSearchParams({ run, call: tool.call });
    void get(`/api/jobs/${job}/tool?${query}`, toolDetailSchema, leaving.signal).then((answer) => {
      if (!leaving.signal.aborted)
        setLoaded(answer.ok ? { detail: answer.result } : { problem: answer.words });
    });
    return () => leaving.abort();
    // The status is among these: when the call ends, what came out is asked for again.
  }, [job, run, tool.call, tool.status]);
  if (loaded === null) return <Bone className="my-1.5 ml-7 h-16" />;
  if ("problem" in loaded) return <p className="my-1.5 ml-7 text-sm text-bad">{loaded.problem}</p>;
  const { input, output, diffs } = loaded.detail;
  return (
    <div className="mt-1 mb-2 ml-7 space-y-2">
      {input === "" || diffs.length > 0 ? null : (
        <Block label={tool.tool === "execute" ? "Command" : "Input"} text={input} />
      )}
      {diffs.map((diff) => (
        <ToolDiff key={diff.path} diff={diff} />
      ))}
      {output === "" ? null : <Block label="Output" text={output} />}
      {input === "" && output === "" && diffs.length === 0 ? (
        <p className="text-sm text-faint">Nothing was reported beyond this line.</p>
      ) : null}
    </div>
  );
}

function Block({ label, text }: { label: string; text: string }): ReactNode {
  return (
    <div>
      <p className="mb-0.5 text-xs text-faint">{label}</p>
      <pre
        tabIndex={0}
        aria-label={label}
        className="anywhere max-h-80 overflow-auto rounded-md border border-line bg-sunken px-3 py-2 font-mono text-xs leading-relaxed whitespace-pre-wrap"
      >
        {visibleText(text)}
      </pre>
    </div>
  );
}
