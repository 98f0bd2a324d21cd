"use client";
/** What can be done with a chain besides running it: another document, a rest, or an end. */
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { useVerb } from "../../../browser/use-verb.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import type { ChainPage } from "../queries.ts";
import { ApplyChain } from "./apply-chain.tsx";

export function ChangeChain({ page }: { page: ChainPage }): ReactNode {
  const router = useRouter();
  const { call, busy, problem } = useVerb();
  const [open, setOpen] = useState<"apply" | "delete" | null>(null);
  const chain = page.id;
  return (
    <>
      {problem === null ? null : (
        <span role="alert" className="text-sm text-bad">
          {problem}
        </span>
      )}
      <Button kind="quiet" disabled={busy} onClick={() => setOpen("apply")}>
        Edit
      </Button>
      <Button
        kind="quiet"
        disabled={busy}
        onClick={() => call("chain_pause", { chain, paused: page.enabled })}
      >
        {page.enabled ? "Pause" : "Go on"}
      </Button>
      <Button kind="quiet" disabled={busy} onClick={() => setOpen("delete")}>
        Delete
      </Button>
      <ApplyChain
        open={open === "apply"}
        title={`Edit ${page.name}`}
        document={page.document}
        workstations={[]}
        onClose={() => setOpen(null)}
      />
      <Confirm
        open={open === "delete"}
        title={`Delete ${page.name}?`}
        words="It does not begin again, and its schedules go with it. Its nights and what they did stay."
        confirm="Delete chain"
        onClose={() => setOpen(null)}
        onConfirm={() => {
          setOpen(null);
          call("chain_delete", { chain }, () => router.push("/chains"));
        }}
      />
    </>
  );
}
