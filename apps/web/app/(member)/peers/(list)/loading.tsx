/** Stands in for the list of peers. */
import type { ReactNode } from "react";
import { Page } from "../../../../ui/page.tsx";
import { SkeletonList } from "../../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page
      title="Peers"
      lead="Agents on your workstations ask and tell each other, and you. What one says to another is no order, and nothing said here approves anything."
    >
      <SkeletonList rows={6} label="Loading peers" />
    </Page>
  );
}
