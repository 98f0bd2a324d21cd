/** Stands in for the list of locks. */
import type { ReactNode } from "react";
import { Page } from "../../../ui/page.tsx";
import { SkeletonList } from "../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Locks" lead="What only so many tasks may use at once, such as a graphics card.">
      <SkeletonList rows={3} label="Loading locks" />
    </Page>
  );
}
