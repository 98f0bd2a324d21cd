"use client";
/** An id, short, and copied on click. */
import { Check, Copy } from "lucide-react";
import { type ReactNode, useState } from "react";

const SAID_MS = 1_500;

export function CopyId({ id }: { id: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(id).then(() => {
      setCopied(true);
      window.setTimeout(() => setCopied(false), SAID_MS);
    });
  };
  return (
    <button
      type="button"
      onClick={copy}
      title={`Copy ${id}`}
      className="inline-flex items-center gap-1 rounded-sm font-mono text-xs text-faint hover:text-ink"
    >
      {id}
      {copied ? (
        <Check aria-hidden="true" className="size-3 text-good" />
      ) : (
        <Copy aria-hidden="true" className="size-3" />
      )}
      <span className="sr-only">{copied ? "copied" : "copy"}</span>
    </button>
  );
}
