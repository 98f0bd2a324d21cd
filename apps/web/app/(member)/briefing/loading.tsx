/** Stands in for the briefing. */
import type { ReactNode } from "react";
import { Page } from "../../../ui/page.tsx";
import { SkeletonList } from "../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Briefing">
      <SkeletonList rows={6} label="Loading the briefing" />
    </Page>
  );
}
