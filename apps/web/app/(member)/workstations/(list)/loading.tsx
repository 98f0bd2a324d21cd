/** Stands in for the list of workstations. */
import type { ReactNode } from "react";
import { Page } from "../../../../ui/page.tsx";
import { SkeletonList } from "../../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Workstations">
      <SkeletonList rows={3} label="Loading workstations" />
    </Page>
  );
}
