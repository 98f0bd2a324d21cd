/** Stands in for the evening's checks. */
import type { ReactNode } from "react";
import { Page } from "../../../ui/page.tsx";
import { SkeletonList } from "../../../ui/skeleton.tsx";

export default function Loading(): ReactNode {
  return (
    <Page title="Before you go to bed">
      <SkeletonList rows={8} label="Looking" />
    </Page>
  );
}
