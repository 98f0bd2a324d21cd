/** Stands in for the list of tasks. */
import type { ReactNode } from "react";
import { Page } from "../../../../ui/page.tsx";
import { SkeletonList } from "../../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Tasks">
      <div className="mb-4 h-8 max-md:h-11" />
      <SkeletonList rows={8} label="Loading tasks" />
    </Page>
  );
}
