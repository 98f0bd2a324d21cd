/** Stands in for the list of chains. */
import type { ReactNode } from "react";
import { Page } from "../../../../ui/page.tsx";
import { SkeletonList } from "../../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Chains" lead="Tasks that need each other, and run through the night in their order.">
      <SkeletonList rows={3} label="Loading chains" />
    </Page>
  );
}
