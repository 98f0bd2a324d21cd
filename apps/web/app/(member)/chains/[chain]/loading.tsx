/** Stands in for a chain, and for one of its nights. */
import type { ReactNode } from "react";
import { Page } from "../../../../ui/page.tsx";
import { Bone, SkeletonList } from "../../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Chain">
      <Bone className="mb-4 h-56 w-full" />
      <SkeletonList rows={6} label="Loading the chain" />
    </Page>
  );
}
