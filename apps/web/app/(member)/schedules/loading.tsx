/** Stands in for the list of schedules. */
import type { ReactNode } from "react";
import { Page } from "../../../ui/page.tsx";
import { SkeletonList } from "../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Schedules" lead="Tasks that begin by themselves, at their times.">
      <SkeletonList rows={4} label="Loading schedules" />
    </Page>
  );
}
